import type { NodeAnswer } from "../operations/list.ts";
import { readExitCode } from "../operations/silence.ts";
import { clean } from "../render/clean.ts";
import { liveBlocks } from "../render/live.ts";
import type { OutputOptions } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import type { NodeFlags } from "./node-option.ts";

/** What was found, and of which nodes and guests not all was. */
interface LookReport {
  readonly warnings: readonly string[];
  readonly nodes: readonly NodeAnswer[];
}

/**
 * Shows the report of a look. On a terminal what is known so far is on the screen, and replaced as more comes. Resolves
 * with the exit code.
 */
export async function showAsItComes<Report extends LookReport>(
  { terminal, warnings }: Context,
  { output, node }: NodeFlags & Pick<OutputOptions, "output">,
  look: (onProgress: ((soFar: Report) => void) | undefined) => Promise<Report>,
  render: (report: Report) => string,
): Promise<number> {
  const block = "report";
  const live = output === "text" ? liveBlocks(terminal, [block], () => "") : undefined;
  const report = await look(live && ((soFar) => live.update(block, render(soFar))));
  const text = render(report);
  if (live) {
    live.update(block, text);
    live.done();
  } else terminal.out(text);
  for (const warning of report.warnings) terminal.err(`${warnings.warn("warning:")} ${clean(warning)}\n`);
  terminal.err(renderSilence(report.nodes, warnings));
  return readExitCode(report.nodes, node);
}
