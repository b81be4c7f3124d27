import { type Command, Option } from "commander";
import { type ExitCode, exitCodes } from "../errors.ts";
import { type PlaceReport, place } from "../operations/place.ts";
import type { Demand } from "../operations/placement.ts";
import { readExitCode } from "../operations/silence.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { placeListing } from "../render/place.ts";
import { renderSilence } from "../render/silence.ts";
import { parseSize } from "../size.ts";
import { readNetwork } from "../values.ts";
import type { Context } from "./context.ts";
import { addListingOptions } from "./output-options.ts";
import { parseWhole } from "./parse-whole.ts";

interface PlaceFlags extends OutputOptions {
  readonly memory: string;
  readonly vcpus: string;
  readonly size: string;
  readonly network?: string;
  readonly firmware: Demand["firmware"];
}

const help = `
Examples:
  mclu place                          where a guest of 2G would go
  mclu place --memory 8G --size 100G  where one of that size would
  mclu place -o name @fast            the name of the node alone, of a group

Of the nodes that fit, the one with the highest score is chosen: its free memory after the build times its weight.
Ties go to the first in mclu.conf.`;

export function registerPlace(program: Command, context: Context): void {
  const command = program
    .command("place")
    .argument("[node...]", "nodes or @groups; all of them by default")
    .description("show where a guest would be built, and why there")
    .option("--memory <size>", "what the guest is given", "2G")
    .option("--vcpus <n>", "how many CPUs it is given", "1")
    .option("--size <size>", "of its disk", "10G")
    .option("--network <network>", "NETWORK or bridge:BR, instead of each node's own")
    .addOption(new Option("--firmware <firmware>", "what it boots with").choices(["bios", "uefi"]).default("bios"))
    .addHelpText("after", help);
  addListingOptions(command, placeListing({ fits: [], chosen: null })).action(
    async (nodes: string[], flags: PlaceFlags) => {
      const { terminal, signal, style, warnings } = context;
      const demand = readDemand(flags);
      const network = flags.network === undefined ? undefined : readNetwork(flags.network);
      const code = await context.withCluster(async (cluster) => {
        const report = await place(cluster, demand, { nodes, network, signal });
        terminal.out(renderListing(placeListing(report), flags, style));
        terminal.err(renderSilence(report.nodes, warnings));
        return placeExitCode(report, nodes);
      });
      context.finish(code);
    },
  );
}

function readDemand({ memory, vcpus, size, firmware }: PlaceFlags): Demand {
  return { memory: parseSize(memory), vcpus: parseWhole(vcpus), size: parseSize(size), firmware, graphics: "none" };
}

/** 1: nodes answered, those that were named among them, and none of them fits. */
function placeExitCode({ chosen, nodes }: PlaceReport, named: readonly string[]): ExitCode {
  const read = readExitCode(nodes, named);
  return chosen === null && read !== exitCodes.unreachable ? exitCodes.failed : read;
}
