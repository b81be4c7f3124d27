import type { Cluster } from "../cluster/cluster.ts";
import type { NodeAnswer } from "../operations/list.ts";
import { readExitCode } from "../operations/silence.ts";
import { clean } from "../render/clean.ts";
import type { OutputOptions } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import { tickingLines } from "../render/ticking-lines.ts";
import { awaitedLine, glance } from "../render/waiting.ts";
import type { Context } from "./context.ts";
import type { NodeFlags } from "./node-option.ts";

/** What was found, and of which nodes and guests not all was. */
interface LookReport {
  readonly warnings: readonly string[];
  readonly nodes: readonly NodeAnswer[];
}

/**
 * Shows the report of a look. On a terminal what is known so far is on the screen, and replaced as more comes; below it
 * stands which nodes have been awaited for a second. Resolves with the exit code.
 */
export async function showAsItComes<Report extends LookReport>(
  { terminal, warnings }: Context,
  cluster: Cluster,
  { output, node }: NodeFlags & Pick<OutputOptions, "output">,
  look: (onProgress: ((soFar: Report) => void) | undefined) => Promise<Report>,
  render: (report: Report) => string,
): Promise<number> {
  let shown = "";
  const draw = (key: string) => (key === "report" ? shown : awaitedLine(terminal, cluster.awaited));
  const live = output === "text" ? tickingLines(terminal, ["report", "awaited"], draw, glance) : undefined;
  const progress = (soFar: Report) => {
    shown = render(soFar);
    live?.redraw("report");
  };
  const report = await look(live && progress).finally(() => live?.settle("awaited", ""));
  const text = render(report);
  if (live) {
    live.settle("report", text);
    live.done();
  } else terminal.out(text);
  for (const warning of report.warnings) terminal.err(`${warnings.warn("warning:")} ${clean(warning)}\n`);
  terminal.err(renderSilence(report.nodes, warnings));
  return readExitCode(report.nodes, node);
}
