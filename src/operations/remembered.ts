import type { Cluster } from "../cluster/cluster.ts";
import type { SeenGuest } from "../state/last-seen.ts";
import { compareNames } from "./compare-names.ts";
import { recallGuests } from "./last-seen.ts";

/** A guest of a node that does not answer, as it was when the node last did: a memory, and no fact. */
export interface RememberedGuest extends Omit<SeenGuest, "paused" | "crashed"> {
  readonly node: string;
  /** When its node last answered, seconds since 1970. */
  readonly seen: number | null;
}

/** What is remembered of a cluster's nodes, read once: the guests that each had when it last answered, by name. */
export function rememberedGuests(cluster: Cluster): (node: string) => readonly RememberedGuest[] {
  const memory = new Map(recallGuests(cluster).map((seen) => [seen.node, seen]));
  return (node) => {
    const { at = null, guests = [] } = memory.get(node) ?? {};
    return guests
      .map(({ uuid, name, active }) => ({ node, uuid, name, active, seen: at }))
      .sort((a, b) => compareNames(a.name, b.name));
  };
}
