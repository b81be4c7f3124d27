import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { type ExitCode, exitCodes, UserError } from "../errors.ts";
import { selectNodes } from "../operations/select-nodes.ts";
import { readExitCode } from "../operations/silence.ts";
import { type StatusReport, status } from "../operations/status.ts";
import { renderDuplicates } from "../render/duplicates.ts";
import { liveBlocks } from "../render/live.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { renderNobody } from "../render/silence.ts";
import { renderNode, renderStatus, statusListing } from "../render/status.ts";
import type { Context } from "./context.ts";
import { addListingOptions } from "./output-options.ts";
import { parseSeconds } from "./parse-seconds.ts";

interface StatusFlags extends OutputOptions {
  readonly watch?: number | true;
}

const help = `
Examples:
  mclu status
  mclu status --wide ham0 @fast
  mclu status --watch
  mclu status -o json

A node is on, off (it answers nothing at all) or failed, with the reason and a command to type. One that is off is no
failure, unless it was named. --wide adds, of a node that does not answer, the guests that it had when it last did.

Each node is what it says it is: one host that stands in mclu.conf under two names is counted twice. Where it has guests,
a warning names them, as it does wherever several nodes have guests of one UUID (duplicates in JSON).`;

export function registerStatus(program: Command, context: Context): void {
  const command = program
    .command("status")
    .argument("[node...]", "nodes or @groups; all of them by default")
    .description("show every node: on, off or failed, its totals and what is free")
    .option("--watch [seconds]", "show it again every 2 seconds, until Ctrl-C", parseSeconds)
    .addHelpText("after", help);
  addListingOptions(command, statusListing({ nodes: [] })).action(async (nodes: string[], flags: StatusFlags) => {
    const plain = flags.output === "text" && flags.columns === undefined;
    if (flags.watch !== undefined && !plain)
      throw new UserError("--watch shows the text layout only", {
        hint: "leave -o and --columns out",
        exitCode: exitCodes.usage,
      });
    context.finish(
      await context.withCluster(
        (cluster) => (plain ? showText(cluster, nodes, flags, context) : showListing(cluster, nodes, flags, context)),
        // nobody may be looking
        { mayAsk: flags.watch === undefined },
      ),
    );
  });
}

async function showListing(cluster: Cluster, nodes: string[], flags: StatusFlags, context: Context): Promise<ExitCode> {
  const report = await status(cluster, { nodes, wide: flags.wide, once: true, signal: context.signal });
  context.terminal.out(renderListing(statusListing(report), flags, context.style));
  return conclude(report, nodes, context);
}

async function showText(cluster: Cluster, nodes: string[], flags: StatusFlags, context: Context): Promise<ExitCode> {
  const { terminal, style, signal } = context;
  const order = selectNodes(cluster, nodes).map((node) => node.name);
  const live = liveBlocks(terminal, order, (node) => renderNode({ node, state: "pending" }, style));
  for (;;) {
    const report = await status(cluster, {
      nodes,
      wide: flags.wide,
      once: flags.watch === undefined,
      signal,
      onNode: (node) => live?.update(node.node, renderNode(node, style)),
    });
    if (!live) terminal.out(renderStatus(report, style));
    if (flags.watch === undefined) {
      live?.done();
      return conclude(report, nodes, context);
    }
    if (!live) terminal.out("\n");
    // connections stay open between two looks; Ctrl-C ends the wait
    await sleep((flags.watch === true ? 2 : flags.watch) * 1000, undefined, { signal });
  }
}

function conclude(report: StatusReport, named: readonly string[], context: Context): ExitCode {
  const { terminal, warnings } = context;
  terminal.err(renderDuplicates(report.duplicates ?? [], warnings) + renderNobody(report.nodes, warnings));
  return readExitCode(report.nodes, named);
}
