import type { Cluster } from "../../cluster/cluster.ts";
import type { ChangeResult } from "../change-report.ts";
import { journalChange } from "../journal-changes.ts";
import { type ClearOptions, moveGuestsAway, notOff, stopGuests } from "./clear-node.ts";
import { type NodeChangeReport, type NodeEnd, type NodeResult, nodeEnd, nodeResult } from "./node-result.ts";
import { type OffChange, type OffTarget, offTargets, type PreparedOff } from "./off-plan.ts";
import { refuseJump } from "./off-refusals.ts";
import { interrupted, type SwitchOffOptions, switchOff } from "./switch-off.ts";
import { withHome } from "./way-home.ts";

export interface ApplyOffOptions extends ClearOptions, SwitchOffOptions {}

/**
 * Does what a plan says: all guests are moved before any node is told, then the nodes go all at once, jump hosts after those
 * behind them. Never rejects for what a node does, nor for an interruption.
 */
export async function applyOff(
  cluster: Cluster,
  { plan, drains }: PreparedOff,
  options: ApplyOffOptions,
): Promise<NodeChangeReport> {
  const settled = new Map<string, NodeResult>();
  for (const target of plan.targets) if (target.verdict !== "change") settled.set(target.node, leftAlone(target));
  const moved = await moveGuestsAway(cluster, drains, options);
  const warnings = new Set<string>(moved.warnings);
  const guests: ChangeResult[] = [];
  let left = offTargets(plan);
  while (left.length > 0) {
    const free = left.filter(({ after }) => after.every((name) => settled.has(name)));
    // jump hosts of each other have no order
    const now = new Map((free.length > 0 ? free : left).map((target) => [target.node, target]));
    left = left.filter(({ node }) => !now.has(node));
    // not the signal: what was interrupted has an outcome as well
    await cluster.ask(
      cluster.nodes.filter(({ name }) => now.has(name)),
      async (node) => {
        const started = performance.now();
        const target = now.get(node.name);
        const early = moved.ends.get(node.name) ?? staysFor(target, settled);
        const stopped = await stopGuests(cluster, node, early ? [] : (target?.stops ?? []), options);
        guests.push(...stopped.results);
        for (const warning of stopped.warnings) warnings.add(warning);
        const end = early ?? stopped.end ?? withHome(node.name, drains.get(node.name), await switchOff(node, options));
        const result = nodeResult(node.name, started, end);
        settled.set(node.name, result);
        const problem = journalChange(cluster, "off", { ...result, name: "", uuid: "" });
        if (problem !== undefined) warnings.add(problem);
      },
    );
  }
  const results = plan.targets.flatMap(({ node }) => settled.get(node) ?? []);
  return { verb: "off", results, guests, moves: moved.results, warnings: [...warnings] };
}

/** A jump host stays on where a node behind it was not seen going off. */
function staysFor(target: OffChange | undefined, settled: ReadonlyMap<string, NodeResult>): NodeEnd | undefined {
  const staying = target?.after.find((name) => settled.has(name) && settled.get(name)?.outcome !== "done");
  if (staying === undefined) return undefined;
  if (settled.get(staying)?.outcome === "interrupted") return interrupted;
  const { why, hint } = refuseJump(staying);
  return nodeEnd("refused", notOff, why, hint);
}

function leftAlone({ node, verdict, why, hint }: Exclude<OffTarget, { readonly verdict: "change" }>): NodeResult {
  return { node, ...nodeEnd(verdict, notOff, why, hint), seconds: 0 };
}
