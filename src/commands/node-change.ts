import { type ExitCode, exitCodes } from "../errors.ts";
import { changeExitCode } from "../operations/change-report.ts";
import type { NodeChangeReport } from "../operations/node-power/node-result.ts";
import { renderResult } from "../render/change.ts";
import { clean } from "../render/clean.ts";
import { renderJson } from "../render/json.ts";
import { renderMoved, renderNodeProblems, renderNodeResults } from "../render/node-power.ts";
import type { Format } from "../render/output.ts";
import type { Context } from "./context.ts";

/** Prints what came of switching nodes on or off; gives the exit code. */
export function reportNodeChange(context: Context, report: NodeChangeReport, output: Format): ExitCode {
  const { terminal, style, warnings, signal } = context;
  context.changes();
  const { results, guests, moves } = report;
  if (output === "json") terminal.out(renderJson("node-change", report));
  else
    terminal.out(
      renderMoved(moves, style) +
        guests.map((guest) => renderResult(guest, style)).join("") +
        renderNodeResults(results, style),
    );
  terminal.err(renderNodeProblems(results, warnings));
  for (const warning of report.warnings) terminal.err(`${warnings.warn("warning:")} ${clean(warning)}\n`);
  return signal.aborted ? exitCodes.interrupted : changeExitCode(report);
}
