import type { Cluster } from "../cluster/cluster.ts";
import type { Node } from "../node/node.ts";
import type { FoundGuest } from "./find-guest.ts";
import { type Decision, refusal } from "./plan.ts";

/**
 * Asks nodes about guests of theirs, all nodes at once. Gives for each guest what was found, or why nothing may be done.
 * @param ask answers in the order of the guests
 */
export async function askOfGuests<T>(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  ask: (node: Node, guests: readonly FoundGuest[]) => Promise<readonly T[]>,
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => T | Decision> {
  const nodes = cluster.nodes.filter((node) => guests.some((guest) => guest.node === node));
  const outcomes = await cluster.ask(
    nodes,
    async (node) => {
      const own = guests.filter((guest) => guest.node === node);
      const answers = await ask(node, own);
      return new Map(own.map(({ uuid }, index) => [uuid, answers[index]]));
    },
    { signal },
  );
  return ({ node, uuid }) => {
    const outcome = outcomes.find((one) => one.node === node.name);
    if (outcome?.state !== "on") {
      const hint = outcome?.state === "failed" ? outcome.hint : `mclu status ${node.name}`;
      return refusal(`its node no longer answers: ${outcome?.detail ?? "it was not asked"}`, hint);
    }
    return outcome.value.get(uuid) ?? refusal("libvirt cannot show what it is", `mclu info ${uuid}`);
  };
}
