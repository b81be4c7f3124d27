import type { Command } from "commander";
import { type IpReport, ip } from "../operations/ip.ts";
import { addressListing } from "../render/ip.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import type { Context } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";
import { addListingOptions } from "./output-options.ts";
import { showAsItComes } from "./show-as-it-comes.ts";

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
  addListingOptions(addNodeOption(command), addressListing({ addresses: [], nodes: [], warnings: [] })).action(
    async (guests: string[], flags: NodeFlags & OutputOptions) => {
      const { style, signal } = context;
      const code = await context.withCluster((cluster) =>
        showAsItComes(
          context,
          cluster,
          flags,
          (onProgress) => ip(cluster, { guests, nodes: flags.node, signal, onProgress }),
          (report: IpReport) => renderListing(addressListing(report), flags, style),
        ),
      );
      context.finish(code);
    },
  );
}
