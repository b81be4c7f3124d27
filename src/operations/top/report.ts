import { isActive } from "../../libvirt/domains.ts";
import type { RememberedGuest } from "../remembered.ts";
import type { Silence } from "../silence.ts";
import type { GuestFilter } from "./guest-filter.ts";
import type { GuestLoad, Load } from "./load.ts";
import type { NodeNow } from "./observer.ts";

export const topSorts = ["cpu", "memory", "disk", "network", "name"] as const;

export type TopSort = (typeof topSorts)[number];

/** Which guests are shown, and in which order. */
export interface TopChoice {
  /** `name`: nodes as they are configured, their guests by name; any other: the largest first. Default: cpu. */
  readonly sort?: TopSort | undefined;
  readonly filter?: GuestFilter | undefined;
  /** Only guests that hold memory. */
  readonly running?: boolean | undefined;
}

export type TopNode = { readonly node: string } & (
  | ({ readonly state: "on" /** When it last answered, seconds since 1970. */; readonly seen: number } & Load)
  | ({ readonly seen: number | null } & ({ readonly state: "pending" } | Silence))
);

export type TopGuest = { readonly node: string } & GuestLoad;

export interface TopReport {
  readonly nodes: readonly TopNode[];
  readonly guests: readonly TopGuest[];
  /** By node in configuration order. */
  readonly remembered: readonly RememberedGuest[];
}

/** Sorts and filters what is known of nodes, which are given in configuration order and all of which are shown. */
export function topReport(
  nodes: readonly NodeNow[],
  { sort = "cpu", filter = () => true, running = false }: TopChoice,
): TopReport {
  const guests = nodes.flatMap(({ node, ...now }) =>
    now.state === "on" ? now.guests.map((guest) => ({ node, ...guest })) : [],
  );
  const remembered = nodes.flatMap(({ node, state, seen, known }) =>
    state === "on" ? [] : known.map(({ uuid, name, active }) => ({ node, uuid, name, active, seen })),
  );
  const isShown = (active: boolean) => active || !running;
  return {
    nodes: largestFirst(nodes.map(topNode), sort),
    guests: largestFirst(
      guests.filter((guest) => isShown(guest.state !== null && isActive(guest.state)) && filter(guest)),
      sort,
    ),
    remembered: remembered.filter((guest) => isShown(guest.active) && filter(guest)),
  };
}

function topNode({ known: _, ...now }: NodeNow): TopNode {
  if (now.state !== "on") return now;
  const { node, state, seen, load } = now;
  return { node, state, seen, ...load };
}

/** What amounts to the same, or to nothing that is known, stays in its order. */
function largestFirst<Row extends TopNode | TopGuest>(rows: readonly Row[], sort: TopSort): Row[] {
  const keyed = rows.map((row) => [("cpu" in row ? amountOf(row, sort) : null) ?? -1, row] as const);
  return keyed.sort(([a], [b]) => b - a).map(([, row]) => row);
}

function amountOf(load: Load, sort: TopSort): number | null {
  switch (sort) {
    case "cpu":
      return load.cpu;
    case "memory":
      return load.memory.used;
    case "disk":
      return total(load.disk.read, load.disk.written);
    case "network":
      return total(load.network.received, load.network.sent);
    case "name":
      return null;
  }
}

/** Of what goes in and what goes out; null where neither is known. */
export function total(one: number | null, other: number | null): number | null {
  return one === null && other === null ? null : (one ?? 0) + (other ?? 0);
}
