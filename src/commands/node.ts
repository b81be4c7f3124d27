import type { Command } from "commander";
import { nodeList } from "../operations/node-list.ts";
import { readExitCode } from "../operations/silence.ts";
import { nodeListing } from "../render/node-list.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { renderNobody, renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { addListingOptions } from "./output-options.ts";

export function registerNode(program: Command, context: Context): void {
  const group = program.command("node").description("look at the nodes");
  group.addHelpText("after", "\nExamples:\n  mclu node list");
  const command = group
    .command("list")
    .alias("ls")
    .argument("[node...]", "nodes or @groups; all of them by default")
    .description("list the nodes: state, free memory, groups, and how they are reached")
    .addHelpText("after", "\nExamples:\n  mclu node list\n  mclu node list @fast -o name");
  addListingOptions(command, nodeListing({ nodes: [] })).action(async (nodes: string[], flags: OutputOptions) => {
    const { terminal, style, signal } = context;
    const code = await context.withCluster(async (cluster) => {
      const report = await nodeList(cluster, { nodes, signal });
      terminal.out(renderListing(nodeListing(report), flags, style));
      const states = report.nodes.map(({ status }) => status);
      // the list itself says which nodes are off
      const others = states.filter(({ state }) => state !== "off");
      const { warnings } = context;
      terminal.err(others.length > 0 ? renderSilence(others, warnings) : renderNobody(states, warnings));
      return readExitCode(states, nodes);
    });
    context.finish(code);
  });
}
