import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes } from "../errors.ts";
import type { DeviceList } from "../operations/list-devices.ts";
import { readExitCode } from "../operations/silence.ts";
import { renderUnseen } from "../render/devices.ts";
import { type Listing, type OutputOptions, renderListing } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";
import { addListingOptions } from "./output-options.ts";

/**
 * Makes a command that lists devices of guests.
 * @param none what is said beside an empty answer
 */
export function addDeviceList<T, Row>(
  command: Command,
  context: Context,
  list: (cluster: Cluster, guests: readonly string[], flags: NodeFlags) => Promise<DeviceList<T>>,
  listing: (report: DeviceList<T>) => Listing<Row>,
  none: string,
): void {
  command.argument("<guest...>", "names, UUIDs, NODE/GUEST or globs");
  addListingOptions(addNodeOption(command), listing({ guests: [], nodes: [] })).action(
    async (guests: string[], flags: NodeFlags & OutputOptions) => {
      const { terminal, style, warnings } = context;
      const code = await context.withCluster(async (cluster) => {
        const report = await list(cluster, guests, flags);
        terminal.out(renderListing(listing(report), flags, style));
        const isEmpty = report.guests.length > 0 && report.guests.every(({ devices }) => devices?.length === 0);
        if (flags.output === "text" && isEmpty) terminal.err(warnings.dim(`${none}\n`));
        terminal.err(renderUnseen(report, warnings));
        terminal.err(renderSilence(report.nodes, warnings));
        const whole = readExitCode(report.nodes, flags.node);
        return whole === exitCodes.done && report.guests.some(({ devices }) => devices === null)
          ? exitCodes.partial
          : whole;
      });
      context.finish(code);
    },
  );
}
