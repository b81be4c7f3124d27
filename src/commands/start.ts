import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import type { ChangeReport } from "../operations/change-report.ts";
import { planStart } from "../operations/start.ts";
import { nodesToWake, wakeNodes } from "../operations/wake.ts";
import { clean } from "../render/clean.ts";
import { sayWhile } from "../render/waiting.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import { requireTerminal, showConsole } from "./console.ts";
import type { Context } from "./context.ts";
import { parseSeconds } from "./parse-seconds.ts";

interface StartFlags extends ChangeFlags {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly wake?: boolean;
  readonly console?: boolean;
  readonly timeout?: number;
}

const help = `
Examples:
  mclu start web1
  mclu start ham1/web1 'db*'
  mclu start --all --node ham0

  mclu start --wake ham3/web1
  mclu start --console web1

A guest that runs already is left as it is. --wake sends wake-on-LAN packets to the mac of the node in mclu.conf and waits
until libvirt answers there. One that was last seen running on a node that is silent now is refused: two of one guest
would write to the same disks.`;

export function registerStart(program: Command, context: Context): void {
  const command = program
    .command("start")
    .alias("boot")
    .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs")
    .usage("[options] GUEST...")
    .description("start guests")
    .option("--all", "every guest of every node, or of --node NODE")
    .option(
      "--force",
      "also a guest that was last seen running on a node that does not answer now, or whose linked clones nobody can tell of",
    )
    .option("--console", "then show the console of the one guest; ^] leaves")
    .option("--wake", "wake the node first where it is off; it has to be named")
    .option("--timeout <seconds>", "how long a node may take to wake (default: 180)", parseSeconds)
    .addHelpText("after", help);
  addChangeOptions(command).action((guests: string[], flags: StartFlags) => {
    if (flags.console) requireTerminal(context, "start --console");
    const plan = async (cluster: Cluster) => {
      const { signal, terminal } = context;
      if (flags.wake) {
        const nodes = nodesToWake(cluster, guests, flags.node);
        const onStep = (node: string, what: string) => terminal.err(`${clean(node)}: ${clean(what)}\n`);
        const awaited = `until libvirt answers on ${nodes.map(({ name }) => name).join(", ")}`;
        const wake = () => wakeNodes(cluster, nodes, { timeout: flags.timeout, signal, onStep });
        // a plan that is only shown wakes nobody
        if (!flags.dryRun) await sayWhile(terminal, awaited, wake);
      }
      const made = await planStart(cluster, choiceOf(guests, flags), { force: flags.force, signal });
      if (flags.console && made.targets.length !== 1)
        throw new UserError(`--console wants one guest, these are ${made.targets.length}`, {
          hint: "name one of them",
          exitCode: exitCodes.usage,
        });
      return made;
    };
    const attach = async (cluster: Cluster, { results: [result] }: ChangeReport) =>
      result ? showConsole(cluster, context, `${result.node}/${result.uuid}`) : exitCodes.done;
    return runChange(context, flags, plan, flags.console ? attach : undefined);
  });
}
