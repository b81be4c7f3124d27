import type { Command } from "commander";
import { ip } from "../operations/ip.ts";
import { readExitCode } from "../operations/silence.ts";
import { clean } from "../render/clean.ts";
import { addressListing } from "../render/ip.ts";
import { liveBlocks } from "../render/live.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";
import { addListingOptions } from "./output-options.ts";

const help = `
Examples:
  mclu ip                     every guest that runs
  mclu ip web1 -o name        its addresses alone, one a line
  mclu ip 'web*' -o csv --columns name,address

The source is who knew the address: the guest's agent, the lease of a libvirt network, or the node's ARP table, which
only remembers: that is a guess. Of these the first that knows an address of a network card counts alone.`;

export function registerIp(program: Command, context: Context): void {
  const command = program
    .command("ip")
    .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs; every guest that runs by default")
    .description("show the addresses of guests, and who knew them")
    .addHelpText("after", help);
  addListingOptions(addNodeOption(command)).action(async (guests: string[], flags: NodeFlags & OutputOptions) => {
    const { terminal, style, warnings, signal } = context;
    const code = await context.withCluster(async (cluster) => {
      const live = flags.output === "text" ? liveBlocks(terminal, ["ip"], () => "") : undefined;
      const show = (report: Awaited<ReturnType<typeof ip>>) => renderListing(addressListing(report), flags, style);
      const report = await ip(cluster, {
        guests,
        nodes: flags.node,
        signal,
        onProgress: live && ((soFar) => live.update("ip", show(soFar))),
      });
      const text = show(report);
      if (live) {
        live.update("ip", text);
        live.done();
      } else terminal.out(text);
      for (const warning of report.warnings) terminal.err(`${warnings.warn("warning:")} ${clean(warning)}\n`);
      terminal.err(renderSilence(report.nodes, warnings));
      return readExitCode(report.nodes, flags.node);
    });
    context.finish(code);
  });
}
