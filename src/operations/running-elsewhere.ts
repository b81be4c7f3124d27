import type { Cluster } from "../cluster/cluster.ts";
import type { FoundGuest } from "./find-guest.ts";
import { recallGuests, rememberGuests } from "./last-seen.ts";
import type { NodeAnswer } from "./list.ts";
import { askOverview } from "./overview.ts";
import { type Decision, refusal } from "./plan.ts";

/** Where a guest runs beside the node it is to be started on; `silent`: it did when that node last answered. */
export interface Elsewhere {
  readonly node: string;
  readonly silent: boolean;
  /** Seconds since 1970. */
  readonly at: number;
}

/**
 * Finds out which of these guests run on another node: two of one UUID write to the same disks. Nodes that were not asked
 * and had such a guest are asked now.
 */
export async function runningElsewhere(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  answers: readonly NodeAnswer[],
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => Elsewhere | undefined> {
  const isSame = (guest: FoundGuest, node: string, uuid: string) => guest.uuid === uuid && guest.node.name !== node;
  const suspects = () =>
    recallGuests(cluster).flatMap(({ node, at, guests: seen }) =>
      seen.flatMap(({ uuid, active }) =>
        active && guests.some((guest) => isSame(guest, node, uuid)) ? [{ node, at, uuid }] : [],
      ),
    );
  const asked = new Set(answers.map(({ node }) => node));
  const answered = new Set(answers.flatMap(({ node, state }) => (state === "on" ? [node] : [])));
  const others = cluster.nodes.filter(({ name }) => !asked.has(name) && suspects().some(({ node }) => node === name));
  const outcomes = await cluster.ask(others, (node) => askOverview(node, { signal, patient: true }), { signal });
  rememberGuests(cluster, outcomes);
  for (const { node, state } of outcomes) if (state === "on") answered.add(node);
  const known = suspects().filter(({ node }) => cluster.nodes.some(({ name }) => name === node));
  return (guest) => {
    const found = known.find(({ node, uuid }) => isSame(guest, node, uuid));
    return found && { node: found.node, at: found.at, silent: !answered.has(found.node) };
  };
}

/** For what would have a second guest of one UUID write to its disks. @param anyway what does it all the same */
export function refuseTwice({ node, silent, at }: Elsewhere, anyway: string): Decision {
  const minutes = Math.max(0, Math.round((Date.now() / 1000 - at) / 60));
  const seen = `it ran on ${node} when that was last seen, ${minutes} min ago, and ${node} does not answer`;
  return refusal(
    `${silent ? seen : `it runs on ${node}`}: two of one guest would write to the same disks`,
    `mclu status ${node}; if it surely does not run there: ${anyway}`,
  );
}
