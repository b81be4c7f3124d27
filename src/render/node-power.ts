import type { MoveResult } from "../operations/move/move-report.ts";
import type { NodeResult } from "../operations/node-power/node-result.ts";
import { type OffPlan, type OffTarget, offTargets } from "../operations/node-power/off-plan.ts";
import { clean } from "./clean.ts";
import { renderHint } from "./hint.ts";
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

/** For stdout: a line for each guest that was to be moved. */
export function renderMoved(moves: readonly MoveResult[], style: Style): string {
  return moves
    .map(({ name, from, to, outcome }) => {
      const what = { moved: `moved to ${to}`, stayed: "not moved", unknown: "unknown" }[outcome];
      return `${style.name(clean(`${from}/${name}`))}: ${(outcome === "moved" ? style.on : style.failed)(clean(what))}\n`;
    })
    .join("");
}

/** For stderr: why what was not done was not done, and what to type. */
export function renderNodeProblems(results: readonly NodeResult[], style: Style): string {
  return results
    .map(({ node, outcome, detail, hint }) => {
      if (detail === null) return "";
      const kind = outcome === "done" || outcome === "already" ? style.dim("note:") : style.failed("error:");
      const text = detail.split("\n").map(clean).join("\n  ");
      return `${kind} ${clean(node)}: ${text}\n${renderHint(hint)}`;
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
      const { moves, stops, after } = target;
      const moved = moves.map(({ guest, node }) => `move ${guest.name} to ${node}`);
      const stopped = stops.length === 0 ? [] : [`stop ${stops.map(({ name }) => name).join(", ")}`];
      const last = after.length === 0 ? "switch off" : `switch off, after ${after.join(", ")}`;
      return [...moved, ...stopped, last].join("; ");
    }
    case "refused":
      return `refused: ${target.why}`;
    case "unreachable":
      return target.why;
  }
}
