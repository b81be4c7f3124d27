import { changesOf, type Plan, type PlanTarget } from "../operations/plan.ts";
import { clean } from "./clean.ts";
import { renderDifference } from "./difference.ts";
import { renderHint } from "./hint.ts";
import { formatSmallSize } from "./size.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";

/** A plan for people: what will be done to each guest, or why nothing is. */
export function renderPlan(plan: Plan, style: Style): string {
  const count = changesOf(plan).length;
  const head = `${style.heading("plan:")} ${plan.deed ?? plan.verb} ${count === 1 ? "1 guest" : `${count} guests`}\n`;
  if (plan.targets.some((target) => target.verdict === "change" && target.files))
    return (
      head +
      plan.targets
        .map((target) => renderTarget([target], style) + filesOf(target, style) + notesOf(target, style))
        .join("")
    );
  return head + renderTarget(plan.targets, style) + plan.targets.map((target) => notesOf(target, style)).join("");
}

function renderTarget(targets: readonly PlanTarget[], style: Style): string {
  return renderTable(
    targets,
    [
      { name: "guest", value: ({ node, name }) => `  ${node}/${name}`, color: () => style.name },
      { name: "state", value: ({ state }) => state },
      { name: "fate", value: fateOf, color: colorOf },
    ],
    { header: false, style },
  );
}

/** What becomes of everything that belongs to a guest that is deleted. */
function filesOf(target: PlanTarget, style: Style): string {
  if (target.verdict !== "change" || !target.files) return "";
  return renderTable(
    target.files,
    [
      {
        name: "fate",
        value: ({ fate }) => `    ${fate}`,
        color: ({ fate }) => (fate === "remove" ? style.warn : style.dim),
      },
      { name: "what", value: ({ what }) => what },
      { name: "path", value: ({ path }) => path, text: ({ path, size }) => pathText(path, size) },
      {
        name: "reason",
        value: ({ reason }) => reason,
        text: ({ reason }) => (reason === null ? "" : `because ${reason}`),
      },
    ],
    { header: false, style },
  );
}

function pathText(path: string | null, size: number | null): string {
  if (path === null) return "";
  return size === null ? path : `${path} (${formatSmallSize(size)})`;
}

function fateOf(target: PlanTarget): string {
  switch (target.verdict) {
    case "already":
      return target.why;
    case "refused":
      return `refused: ${target.why}`;
    case "change": {
      const { will, wait } = target;
      if (!wait) return will;
      return `${will}, within ${wait.seconds} s${wait.force.length > 0 ? ", else power off" : ""}`;
    }
  }
}

function colorOf({ verdict }: PlanTarget, style: Style) {
  if (verdict === "change") return undefined;
  return verdict === "already" ? style.dim : style.failed;
}

function notesOf(target: PlanTarget, style: Style): string {
  const place = clean(`${target.node}/${target.name}`);
  if (target.verdict === "refused") return renderHint(target.hint, `  ${place}: try: `);
  if (target.verdict !== "change") return "";
  const notes = target.notes.map((note) => `  ${style.warn("note:")} ${place}: ${clean(note)}\n`);
  return renderDifference(target.difference ?? "", style) + notes.join("");
}
