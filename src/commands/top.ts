import { type Command, Option } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { type ExitCode, exitCodes } from "../errors.ts";
import { selectNodes } from "../operations/select-nodes.ts";
import { readExitCode } from "../operations/silence.ts";
import { guestFilter } from "../operations/top/guest-filter.ts";
import { type TopSort, topSorts } from "../operations/top/report.ts";
import { top } from "../operations/top/top.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import { topListing } from "../render/top/listing.ts";
import type { Context } from "./context.ts";
import { addListingOptions } from "./output-options.ts";
import { parseSeconds } from "./parse-seconds.ts";
import { showTop } from "./top-screen.ts";

interface TopFlags extends OutputOptions {
  readonly interval: number;
  readonly once?: boolean;
  readonly sort: TopSort;
  readonly filter: string;
  readonly running?: boolean;
}

const help = `
Examples:
  mclu top
  mclu top @fast --sort disk --running
  mclu top --filter 'ham0/web*' --interval 5
  mclu top --once --sort memory
  mclu top -o json

A node's CPU and memory are those of the whole host, disk and network what its guests do. Keys: c m d n N sort by CPU,
memory, disk, network, name; r hides what does not run; / filters; Tab chooses nodes, guests or both; q leaves. A filter is
a part of a name, a glob of whole names, NODE/NAME or @GROUP/NAME. More: docs/top.md.`;

export function registerTop(program: Command, context: Context): void {
  const command = program
    .command("top")
    .argument("[node...]", "nodes or @groups; all of them by default")
    .description("watch what nodes and guests do: CPU, memory, disk, network")
    .option("--interval <seconds>", "from one look to the next", parseSeconds, 2)
    .addOption(new Option("--sort <what>", "what the largest comes first of").choices(topSorts).default("cpu"))
    .option("--filter <text>", "only guests with this in their names; a glob or NODE/NAME as well", "")
    .option("--running", "only guests that hold memory")
    .option("--once", "two looks, one table; also where stdin or stdout is no terminal, and with -o")
    .addHelpText("after", help);
  addListingOptions(command, topListing({ nodes: [], guests: [], remembered: [] }, 0)).action(
    async (nodes: string[], flags: TopFlags) => {
      const { terminal, env } = context;
      const isTable = flags.once || flags.output !== "text" || flags.columns !== undefined;
      const isLive = !isTable && terminal.stdoutIsTty && terminal.stdinIsTty && env.TERM !== "dumb";
      context.finish(
        await context.withCluster(
          async (cluster) => {
            selectNodes(cluster, nodes);
            requireGroup(cluster, flags.filter);
            return isLive
              ? await showLive(cluster, nodes, flags, context)
              : await showOnce(cluster, nodes, flags, context);
          },
          // on a screen that is drawn over nobody can be asked
          { mayAsk: !isLive },
        ),
      );
    },
  );
}

/** Throws UserError (exit 4) where the group of a filter is none. */
function requireGroup(cluster: Cluster, filter: string): void {
  const [scope = ""] = filter.split("/");
  if (scope.startsWith("@")) cluster.select([scope]);
}

async function showOnce(cluster: Cluster, nodes: string[], flags: TopFlags, context: Context): Promise<ExitCode> {
  const groups = new Map(cluster.nodes.map(({ name, settings }) => [name, settings.groups]));
  const report = await top(cluster, {
    nodes,
    seconds: flags.interval,
    sort: flags.sort,
    running: flags.running,
    filter: guestFilter(flags.filter, (node) => groups.get(node) ?? []),
    signal: context.signal,
  });
  context.terminal.out(renderListing(topListing(report, flags.interval), flags, context.style));
  const answers = report.nodes.flatMap((node) => (node.state === "pending" ? [] : [node]));
  context.terminal.err(renderSilence(answers, context.warnings, "guests"));
  return readExitCode(answers, nodes);
}

async function showLive(cluster: Cluster, nodes: string[], flags: TopFlags, context: Context): Promise<ExitCode> {
  const { terminal, style, signal } = context;
  const view = {
    ...{ sort: flags.sort, filter: flags.filter, running: flags.running === true },
    ...({ typing: false, section: "both", offset: 0 } as const),
  };
  const left = await terminal.wholeScreen((screen) =>
    showTop(cluster, screen, { nodes, seconds: flags.interval, view, style, signal }),
  );
  return left ? exitCodes.done : exitCodes.interrupted;
}
