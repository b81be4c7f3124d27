import type { ExecReport, ExecResult } from "../operations/exec.ts";
import { clean } from "./clean.ts";
import { renderHint } from "./hint.ts";
import { prefixed } from "./lines.ts";
import type { Style } from "./style.ts";

const rule = "-".repeat(15);

/** What nodes printed, equal output (and exit code) once, under the names of its nodes. */
export function renderFolded({ nodes }: ExecReport, style: Style): string {
  const groups = new Map<string, ExecResult[]>();
  for (const result of nodes.filter(({ stdout }) => stdout !== "")) {
    const key = `${describeEnd(result) ?? ""}\n${result.stdout}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups.values()].map((group) => renderGroup(group, style)).join("");
}

function renderGroup(group: readonly ExecResult[], style: Style): string {
  const [first] = group;
  if (!first) return "";
  const names = group.map(({ node }) => clean(node)).join(" ");
  const count = group.length > 1 ? ` (${group.length})` : "";
  const end = describeEnd(first);
  const heading = style.heading(names) + count + (end === undefined ? "" : `: ${style.failed(end)}`);
  return `${rule}\n${heading}\n${rule}\n${prefixed(first.stdout, "")}`;
}

function describeEnd(result: ExecResult): string | undefined {
  switch (result.state) {
    case "exited":
      return result.exitCode === 0 ? undefined : `exit code ${result.exitCode}`;
    case "deadline":
      return "ended at the deadline";
    case "interrupted":
      return "interrupted, not finished";
    case "off":
      return "off";
    case "failed":
      return `failed: ${result.reason}`;
  }
}

/** For stderr: how the command ended where it did not end well, and what to type where it could not run. */
export function renderExecEnds({ nodes }: ExecReport, style: Style): string {
  return nodes.map((result) => renderEnd(result, style)).join("");
}

function renderEnd(result: ExecResult, style: Style): string {
  const end = describeEnd(result);
  if (end === undefined) return "";
  const head = `${clean(result.node)}: ${result.state === "off" ? style.off(end) : style.failed(end)}`;
  switch (result.state) {
    case "off":
      return `${head}: ${clean(result.detail)}\n`;
    case "failed":
      return `${head}: ${clean(result.detail)}\n${renderHint(result.hint)}`;
    default:
      return `${head}\n`;
  }
}
