import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes } from "../../errors.ts";
import type { Node } from "../../node/node.ts";
import { applyPlan } from "../apply-plan.ts";
import type { ChangeOutcome } from "../change-report.ts";
import type { PreparedMoves } from "../move/drain.ts";
import type { MoveResult } from "../move/move-report.ts";
import { type MoveSeveralOptions, moveSeveral } from "../move/move-several.ts";
import type { ChangeTarget } from "../plan.ts";
import { type NodeEnd, nodeEnd } from "./node-result.ts";

export interface ClearOptions extends MoveSeveralOptions {
  /** Told when all guests were moved, before any node is told to go. */
  readonly onMoved?: (() => void) | undefined;
  /** Told what is being done to a node: `stopping 2 guests`, `switching it off`. */
  readonly onStep?: ((node: string, what: string) => void) | undefined;
}

export const notOff = "not switched off";

/** Moves guests away, node by node. `ends`: the nodes that stay on since one of their guests did not come away whole. */
export async function moveGuestsAway(
  cluster: Cluster,
  drains: ReadonlyMap<string, PreparedMoves>,
  options: ClearOptions,
) {
  const ends = new Map<string, NodeEnd>();
  const reports = [];
  for (const [node, drain] of drains) {
    const report = await moveSeveral(cluster, drain, options);
    reports.push(report);
    const bad = report.results.find(({ exitCode }) => exitCode !== exitCodes.done);
    if (bad) ends.set(node, stays(bad));
  }
  options.onMoved?.();
  return {
    ends,
    results: reports.flatMap(({ results }) => results),
    warnings: reports.flatMap(({ warnings }) => warnings),
  };
}

/** Why a node stays on whose guest did not come away. */
export function stays({ from, name, outcome, exitCode, detail, hint }: MoveResult): NodeEnd {
  const why = outcome === "moved" ? "" : outcome === "stayed" ? " was not moved" : " is in an unknown place";
  return nodeEnd(outcomeOf(exitCode), notOff, `${from}/${name}${why}${detail === null ? "" : `: ${detail}`}`, hint);
}

function outcomeOf(exitCode: number): ChangeOutcome {
  switch (exitCode) {
    case exitCodes.interrupted:
      return "interrupted";
    case exitCodes.refused:
      return "refused";
    case exitCodes.unreachable:
      return "unreachable";
    default:
      return "failed";
  }
}

/** Stops a node's guests by the rules of `stop`; `end` where one of them was not, so that the node stays on. */
export async function stopGuests(
  cluster: Cluster,
  node: Node,
  stops: readonly ChangeTarget[],
  { signal, onStep }: ClearOptions,
) {
  if (stops.length === 0) return { results: [], warnings: [] };
  onStep?.(node.name, `stopping ${stops.length === 1 ? "1 guest" : `${stops.length} guests`}`);
  const plan = { verb: "stop", asks: false, targets: stops, nodes: [] };
  const { results, warnings } = await applyPlan(cluster, plan, { signal });
  const bad = results.find(({ outcome }) => outcome !== "done" && outcome !== "already");
  if (!bad) return { results, warnings };
  const why = `${bad.node}/${bad.name} was ${bad.what}${bad.detail === null ? "" : `: ${bad.detail}`}`;
  return { results, warnings, end: nodeEnd(bad.outcome, notOff, why, bad.hint) };
}
