import type { Cluster } from "../cluster/cluster.ts";
import { applyTarget } from "./apply-target.ts";
import type { ChangeReport, ChangeResult } from "./change-report.ts";
import { journalChange } from "./journal-changes.ts";
import { rememberChanges } from "./last-seen.ts";
import { changesOf, type Plan, type PlanTarget } from "./plan.ts";
import { watchStates } from "./state-watch.ts";

export interface ApplyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called as guests settle, in the order they do. */
  readonly onSettled?: ((result: ChangeResult) => void) | undefined;
}

/**
 * Does what a plan says, on all nodes at once. What happens to one guest stops no other. Never rejects for what a node
 * does, nor for an interruption: both are in the report.
 */
export async function applyPlan(cluster: Cluster, plan: Plan, options: ApplyOptions = {}): Promise<ChangeReport> {
  const warnings = new Set<string>();
  const settled = new Map<PlanTarget, ChangeResult>();
  const settle = (target: PlanTarget, result: ChangeResult) => {
    settled.set(target, result);
    if (target.verdict === "change") {
      const problem = journalChange(cluster, plan.verb, result);
      if (problem !== undefined) warnings.add(problem);
    }
    options.onSettled?.(result);
  };
  for (const target of plan.targets) if (target.verdict !== "change") settle(target, unchanged(target));
  const changes = changesOf(plan);
  const names = new Set(changes.map(({ node }) => node));
  // not the signal: what was interrupted has an outcome as well
  await cluster.ask(
    cluster.nodes.filter(({ name }) => names.has(name)),
    async (node) => {
      const watch = watchStates(node, options.signal);
      const own = changes.filter((target) => target.node === node.name);
      await Promise.all(
        own.map(async (target) => settle(target, await applyTarget(node, target, watch, options.signal))),
      );
    },
  );
  rememberChanges(
    cluster,
    changes.flatMap((target) => {
      const outcome = settled.get(target)?.outcome;
      return outcome === undefined ? [] : [{ target, outcome }];
    }),
  );
  const results = plan.targets.flatMap((target) => settled.get(target) ?? []);
  return { verb: plan.verb, results, nodes: plan.nodes, warnings: [...warnings] };
}

function unchanged(target: Exclude<PlanTarget, { readonly verdict: "change" }>): ChangeResult {
  const { node, name, uuid, verdict, why } = target;
  const common = { node, name, uuid, outcome: verdict, seconds: 0 };
  if (verdict === "already") return { ...common, what: why, detail: null, hint: null };
  return { ...common, what: "refused", detail: why, hint: target.hint };
}
