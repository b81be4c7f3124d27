import type { NodeOutcome } from "../cluster/fan-out.ts";
import type { Overview } from "../libvirt/overview.ts";

/** Nodes that show guests of the same UUIDs, each of which is counted on every one of these nodes. */
export interface SameGuests {
  /** In configuration order. */
  readonly nodes: readonly string[];
  /** Under the name that the first of these nodes gives it. */
  readonly guests: readonly { readonly name: string; readonly uuid: string }[];
}

/**
 * What several nodes that are on have at once: one host that stands in the configuration under two names, or a definition
 * that somebody copied.
 */
export function sameGuests(outcomes: readonly NodeOutcome<Overview>[]): readonly SameGuests[] {
  const places = new Map<string, { readonly name: string; readonly nodes: string[] }>();
  for (const outcome of outcomes) {
    if (outcome.state !== "on") continue;
    for (const { name, uuid } of outcome.value.domains) {
      const place = places.get(uuid);
      if (place) place.nodes.push(outcome.node);
      else places.set(uuid, { name, nodes: [outcome.node] });
    }
  }
  const groups = new Map<string, { nodes: readonly string[]; guests: { name: string; uuid: string }[] }>();
  for (const [uuid, { name, nodes }] of places) {
    if (nodes.length < 2) continue;
    const key = JSON.stringify(nodes);
    const group = groups.get(key) ?? { nodes, guests: [] };
    group.guests.push({ name, uuid });
    groups.set(key, group);
  }
  return [...groups.values()];
}
