import type { Cluster } from "../../cluster/cluster.ts";
import type { FoundGuest } from "../find-guest.ts";
import { type PreparedMoves, prepareAway } from "../move/drain.ts";
import { type OffTarget, offTargets, type PreparedOff } from "./off-plan.ts";
import { refuseStuck } from "./off-refusals.ts";

/** Finds a place for every guest that runs on nodes that are switched off, on none of the nodes that were named. */
export async function planMoves(
  cluster: Cluster,
  targets: readonly OffTarget[],
  {
    running,
    signal,
  }: { readonly running: ReadonlyMap<string, readonly FoundGuest[]>; readonly signal: AbortSignal | undefined },
): Promise<PreparedOff> {
  const leaving = offTargets({ targets }).flatMap(({ node }) => running.get(node) ?? []);
  if (leaving.length === 0) return { plan: { targets }, drains: new Map() };
  const closed = targets.map(({ node }) => node);
  const { moves, stuck, nodes } = await prepareAway(cluster, leaving, { closed, signal });
  if (stuck.length > 0) {
    const refused = (target: OffTarget) =>
      target.verdict === "change" ? { node: target.node, ...refuseStuck(target.node, stuck) } : target;
    return { plan: { targets: targets.map(refused) }, drains: new Map() };
  }
  const movesOf = (node: string) => moves.filter(({ plan }) => plan.guest.node === node);
  const planned = targets.map((target) =>
    target.verdict === "change" ? { ...target, moves: movesOf(target.node).map(({ plan }) => plan) } : target,
  );
  const drains = offTargets({ targets: planned })
    .filter((target) => target.moves.length > 0)
    .map(({ node }): [string, PreparedMoves] => [
      node,
      { verb: "drain", node, moves: movesOf(node), stuck: [], nodes },
    ]);
  return { plan: { targets: planned }, drains: new Map(drains) };
}
