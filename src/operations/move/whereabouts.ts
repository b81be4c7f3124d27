import type { Cluster } from "../../cluster/cluster.ts";
import { type DomainState, isActive } from "../../libvirt/domains.ts";
import { askOverview } from "../overview.ts";

/** A guest on one node, as libvirt says now; `unknown`: the node does not answer. */
export type Presence =
  | { readonly kind: "absent" | "unknown" }
  | { readonly kind: "there"; readonly state: DomainState | null };

/** Where a guest is, both nodes read again. */
export interface Whereabouts {
  readonly source: Presence;
  readonly target: Presence;
}

/** Asks both nodes of a move for its guest, over connections that work now. */
export async function findWhereabouts(
  cluster: Cluster,
  move: { readonly uuid: string; readonly source: string; readonly target: string },
): Promise<Whereabouts> {
  const nodes = [cluster.node(move.source), cluster.node(move.target)];
  const outcomes = await cluster.ask(nodes, (one) => askOverview(one, { patient: true }), {});
  const presence = (name: string): Presence => {
    const outcome = outcomes.find((one) => one.node === name);
    if (outcome?.state !== "on") return { kind: "unknown" };
    const found = outcome.value.domains.find(({ uuid }) => uuid === move.uuid);
    return found ? { kind: "there", state: found.state } : { kind: "absent" };
  };
  return { source: presence(move.source), target: presence(move.target) };
}

/** What the two answers come to. */
export function verdictOf({ source, target }: Whereabouts): "moved" | "stayed" | "both" | "neither" | "unknown" {
  if (source.kind === "there" && target.kind === "there") return "both";
  if (source.kind === "there" && target.kind === "absent") return "stayed";
  if (source.kind === "absent" && target.kind === "there") return "moved";
  if (source.kind === "absent" && target.kind === "absent") return "neither";
  // a guest that runs here runs nowhere else: its move was given up before the other node fell silent
  return source.kind === "there" && source.state !== null && isActive(source.state) && source.state !== "paused"
    ? "stayed"
    : "unknown";
}

/** Its state, where it is there. */
export function stateOf(presence: Presence): DomainState | null {
  return presence.kind === "there" ? presence.state : null;
}
