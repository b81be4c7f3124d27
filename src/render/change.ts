import type { ChangeReport, ChangeResult } from "../operations/change-report.ts";
import { clean } from "./clean.ts";
import { renderHint } from "./hint.ts";
import type { Listing } from "./output.ts";
import type { Style } from "./style.ts";
import type { Column } from "./table.ts";
import { formatSeconds } from "./time.ts";

const columns: readonly Column<ChangeResult>[] = [
  { name: "node", value: (result) => result.node },
  { name: "name", value: (result) => result.name },
  { name: "uuid", value: (result) => result.uuid, wide: true },
  { name: "outcome", value: (result) => result.outcome },
  { name: "what", value: (result) => result.what },
  { name: "detail", value: (result) => result.detail },
  { name: "hint", value: (result) => result.hint, wide: true },
  {
    name: "seconds",
    value: (result) => result.seconds,
    text: (result) => formatSeconds(result.seconds),
    align: "right",
  },
];

/** What became of each guest, for json, csv and name. */
export function changeListing(report: ChangeReport): Listing<ChangeResult> {
  return { kind: "change", report, rows: report.results, columns, name: nameOf };
}

function nameOf({ node, name }: { readonly node: string; readonly name: string }): string {
  return `${node}/${name}`;
}

/** One guest's line on stdout. */
export function renderResult(result: ChangeResult, style: Style): string {
  return `${style.name(clean(nameOf(result)))}: ${colorOf(result, style)(clean(result.what))}\n`;
}

function colorOf({ outcome }: ChangeResult, style: Style): (text: string) => string {
  if (outcome === "done") return style.on;
  return outcome === "already" ? style.dim : style.failed;
}

/** For stderr: why what was not done was not done, what to type, and the sum. */
export function renderProblems({ results }: ChangeReport, style: Style): string {
  const lines = results.flatMap((result) => {
    if (result.detail === null) return [];
    const kind = result.outcome === "done" ? style.dim("note:") : style.failed("error:");
    const detail = result.detail.split("\n").map(clean).join("\n  ");
    const hint = renderHint(result.hint);
    return [`${kind} ${clean(nameOf(result))}: ${detail}\n${hint}`];
  });
  return lines.join("") + (results.length > 1 ? `${sumUp(results)}\n` : "");
}

/** `3 started, 1 already running, 1 not started: ham1/db`: who is in trouble is named. */
function sumUp(results: readonly ChangeResult[]): string {
  const groups = new Map<string, ChangeResult[]>();
  for (const result of results) groups.set(result.what, [...(groups.get(result.what) ?? []), result]);
  const parts = [...groups].map(([what, group]) => {
    const isFine = group.every(({ outcome }) => outcome === "done" || outcome === "already");
    const names = isFine ? "" : `: ${group.map((result) => clean(nameOf(result))).join(" ")}`;
    return `${group.length} ${clean(what)}${names}`;
  });
  return parts.join(", ");
}
