import type { Command } from "commander";
import { exitCodes, UserError } from "../errors.ts";
import { list } from "../operations/list.ts";
import { selectNodes } from "../operations/select-nodes.ts";
import { readExitCode } from "../operations/silence.ts";
import { guestListing } from "../render/list.ts";
import { liveBlocks } from "../render/live.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { renderPending, renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { addListingOptions } from "./output-options.ts";

interface ListFlags extends OutputOptions {
  readonly running?: boolean;
  readonly inactive?: boolean;
  readonly node?: readonly string[];
}

const help = `
Examples:
  mclu list
  mclu list --running ham0
  mclu list --wide
  mclu list -o name | xargs -rd '\\n' mclu ip

A node that is off has no guests here. --wide adds those that a node which does not answer had when it last did, as "was
running" or "was off" with their age; JSON has them under "remembered" and csv with a time in "seen", -o name not at all.

Two guests of one name (images may have copies) or of one UUID are a mistake, or one host under two names in mclu.conf: each
is marked in a column NOTE, in JSON under "duplicate".`;

export function registerList(program: Command, context: Context): void {
  const command = program
    .command("list")
    .alias("ls")
    .argument("[node...]", "nodes or @groups; all of them by default")
    .description("list the guests of every node")
    .option("--running", "only guests that hold memory: running, paused, in shutdown, crashed, pmsuspended")
    .option("--inactive", "only guests that are shut off")
    .addHelpText("after", help);
  addListingOptions(command, guestListing({ guests: [], nodes: [] })).action(
    async (nodes: string[], flags: ListFlags) => {
      if (flags.running && flags.inactive)
        throw new UserError("--running and --inactive exclude each other", {
          hint: "leave both out for every guest",
          exitCode: exitCodes.usage,
        });
      const only = flags.running ? "running" : flags.inactive ? "inactive" : undefined;
      const { terminal, style, signal } = context;
      const code = await context.withCluster(async (cluster) => {
        const names = selectNodes(cluster, nodes).map((node) => node.name);
        const live =
          flags.output === "text" ? liveBlocks(terminal, ["list"], () => renderPending(names, style)) : undefined;
        const report = await list(cluster, {
          nodes,
          only,
          remembered: flags.wide,
          once: true,
          signal,
          onProgress:
            live &&
            ((soFar) => {
              const waiting = names.filter((name) => !soFar.nodes.some(({ node }) => node === name));
              live.update("list", renderListing(guestListing(soFar), flags, style) + renderPending(waiting, style));
            }),
        });
        const text = renderListing(guestListing(report), flags, style);
        if (live) {
          live.update("list", text);
          live.done();
        } else terminal.out(text);
        terminal.err(renderSilence(report.nodes, context.warnings));
        return readExitCode(report.nodes, nodes);
      });
      context.finish(code);
    },
  );
}
