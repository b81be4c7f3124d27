import { setTimeout as sleep } from "node:timers/promises";
import { type CurrentState, statesQuery } from "../libvirt/change.ts";
import { NodeError } from "../node/failure.ts";
import type { Node } from "../node/node.ts";

/** Looks again and again at guests of one node, at all that are waited for in one question. */
export interface StateWatch {
  /** The guest's state a moment from now; undefined: the node did not say. Rejects with the signal's reason. */
  look(uuid: string): Promise<CurrentState | undefined>;
}

/** Milliseconds from one question to the next. */
const pace = 500;
/** Seconds a node may take to answer one. */
const patience = 8;

export function watchStates(node: Node, signal?: AbortSignal): StateWatch {
  let wanted = new Set<string>();
  let next: Promise<ReadonlyMap<string, CurrentState>> | undefined;
  const ask = async () => {
    await sleep(pace, undefined, { signal });
    const uuids = [...wanted];
    wanted = new Set();
    next = undefined;
    try {
      const states = await node.ask(statesQuery(uuids), { seconds: patience, patient: true, signal });
      return new Map(uuids.map((uuid, index) => [uuid, states[index] ?? null]));
    } catch (error) {
      if (error instanceof NodeError && !signal?.aborted) return new Map<string, CurrentState>();
      throw error;
    }
  };
  return {
    async look(uuid) {
      wanted.add(uuid);
      next ??= ask();
      return (await next).get(uuid);
    },
  };
}
