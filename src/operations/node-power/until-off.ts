import { setTimeout as sleep } from "node:timers/promises";
import type { Query } from "../../libvirt/query.ts";
import { NodeError, type NodeSilence } from "../../node/failure.ts";
import type { Node } from "../../node/node.ts";

/** Milliseconds from one look to the next. */
const pace = 1000;
/** One silence may be a packet that was lost. */
const silencesWanted = 2;

/** Anything at all that a node that is on answers. */
const lifeQuery: Query<null> = { steps: [{ run: ["true"] }], parse: () => null };

/**
 * Waits until a node answers nothing any more: no login, no closed port. What else it may say, that it refuses or that its
 * login fails, comes from a machine that is still on.
 * @returns whether it is off by then, and what it said last; null: it simply answered
 */
export async function untilOff(
  node: Node,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly off: boolean; readonly last: NodeSilence | null }> {
  const deadline = performance.now() + seconds * 1000;
  let silences = 0;
  for (;;) {
    const last = await look(node, signal);
    silences = last?.state === "off" ? silences + 1 : 0;
    if (silences >= silencesWanted) return { off: true, last };
    // a silence that began at the deadline is looked at once more
    if (performance.now() > deadline && silences === 0) return { off: false, last };
    await sleep(pace, undefined, { signal });
  }
}

/** What a new connection finds; null: the node answers. */
async function look(node: Node, signal: AbortSignal | undefined): Promise<NodeSilence | null> {
  // the old connection to a node that is gone would only be silent for long
  await node.close();
  try {
    await node.ask(lifeQuery, { patient: true, signal, seconds: 5 });
    return null;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof NodeError) return error.silence;
    throw error;
  }
}
