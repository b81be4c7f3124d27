import type { Command } from "commander";
import { exitCodes, UserError } from "../errors.ts";
import { history } from "../operations/history.ts";
import { clean } from "../render/clean.ts";
import { historyListing } from "../render/history.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import type { Context } from "./context.ts";
import { addListingOptions } from "./output-options.ts";

interface HistoryFlags extends OutputOptions {
  readonly lines?: number;
}

const help = `
Examples:
  mclu history -n 20
  mclu history ham0/web1 'db*'

What you changed from this machine, oldest first. It is kept in $XDG_STATE_HOME/mclu/journal, the last one or two MiB.`;

export function registerHistory(program: Command, context: Context): void {
  const command = program
    .command("history")
    .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs; every guest by default")
    .description("show what was changed from this machine; contacts no node")
    .option("-n, --lines <n>", "only the last so many", parseLines)
    .addHelpText("after", help);
  addListingOptions(command, historyListing({ entries: [] })).action((guests: string[], flags: HistoryFlags) => {
    const report = history({ guests, limit: flags.lines, env: context.env });
    const { terminal, style, warnings } = context;
    terminal.out(renderListing(historyListing(report), flags, style));
    if (flags.output === "text" && report.entries.length === 0 && flags.lines !== 0)
      terminal.err(
        warnings.dim(
          `nothing was changed${guests.length === 0 ? "" : ` of ${guests.map(clean).join(" ")}`} from here\n`,
        ),
      );
    context.finish(exitCodes.done);
  });
}

function parseLines(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UserError(`not a number of lines: ${text}`, { hint: "-n 20", exitCode: exitCodes.usage });
}
