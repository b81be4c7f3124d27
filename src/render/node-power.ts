import type { NodeResult } from "../operations/node-power/node-result.ts";
import { type OffPlan, type OffTarget, offTargets } from "../operations/node-power/plan-off.ts";
import { clean } from "./clean.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";

/** For stdout: a line for each node. */
export function renderNodeResults(results: readonly NodeResult[], style: Style): string {
  return results
    .map((result) => `${style.name(clean(result.node))}: ${colorOf(result, style)(clean(result.what))}\n`)
    .join("");
}

function colorOf({ outcome }: NodeResult, style: Style): (text: string) => string {
  if (outcome === "done") return style.on;
  return outcome === "already" ? style.dim : style.failed;
}

/** For stderr: why what was not done was not done, and what to type. */
export function renderNodeProblems(results: readonly NodeResult[], style: Style): string {
  return results
    .map(({ node, outcome, detail, hint }) => {
      if (detail === null) return "";
      const kind = outcome === "done" || outcome === "already" ? style.dim("note:") : style.failed("error:");
      const text = detail.split("\n").map(clean).join("\n  ");
      return `${kind} ${clean(node)}: ${text}\n${hint === null ? "" : `  try: ${clean(hint)}\n`}`;
    })
    .join("");
}

/** A plan of `off` for people. */
export function renderOffPlan(plan: OffPlan, style: Style): string {
  const count = offTargets(plan).length;
  return (
    `${style.heading("plan:")} switch off ${count === 1 ? "1 node" : `${count} nodes`}\n` +
    renderTable(
      plan.targets,
      [
        { name: "node", value: ({ node }) => `  ${node}`, color: () => style.name },
        { name: "fate", value: fateOf, color: ({ verdict }) => (verdict === "change" ? undefined : style.failed) },
      ],
      { header: false, style },
    )
  );
}

function fateOf(target: OffTarget): string {
  switch (target.verdict) {
    case "change": {
      const names = target.stops.map(({ name }) => name);
      return names.length === 0 ? "switch off" : `stop ${names.join(", ")}; switch off`;
    }
    case "refused":
      return `refused: ${target.why}`;
    case "unreachable":
      return target.why;
  }
}
