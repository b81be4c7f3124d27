import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { attachConsole, type ConsoleReport } from "../operations/console.ts";
import { clean } from "../render/clean.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";

interface ConsoleFlags extends NodeFlags {
  readonly force?: boolean;
}

const help = `
Examples:
  mclu console web1
  mclu console --force ham0/web1       takes it from a session that is attached already
  mclu start --console web1

^] (Ctrl and ]) leaves; every other key goes to the guest, Ctrl-C as well. A console that stays empty wants Enter, or has
nobody in the guest who listens to it: docs/reaching.md.`;

export function registerConsole(program: Command, context: Context): void {
  const command = program
    .command("console")
    .argument("<guest>", "name, UUID or NODE/GUEST")
    .description("a guest's serial console; ^] leaves")
    .option("--force", "end a session that is attached already")
    .addHelpText("after", help);
  addNodeOption(command).action(async (guest: string, { force, node }: ConsoleFlags) => {
    requireTerminal(context, "console");
    const code = await context.withCluster((cluster) => showConsole(cluster, context, guest, { force, nodes: node }));
    context.finish(code);
  });
}

/** Throws UserError (exit 2) where keys cannot be typed, or the screen is none: before anything is contacted. */
export function requireTerminal({ terminal }: Context, what: string): void {
  if (terminal.stdinIsTty && terminal.stdoutIsTty) return;
  throw new UserError(`${what} wants a terminal on stdin and stdout`, {
    hint: "to run a command in a guest: mclu ssh GUEST COMMAND",
    exitCode: exitCodes.usage,
  });
}

/** Attaches the terminal to a guest's console until the user leaves it; gives the exit code. */
export async function showConsole(
  cluster: Cluster,
  { terminal, warnings, signal }: Context,
  guest: string,
  options: { readonly force?: boolean | undefined; readonly nodes?: readonly string[] | undefined } = {},
): Promise<number> {
  const say = (text: string) => terminal.err(`${warnings.dim(text)}\n`);
  const report = await attachConsole(cluster, guest, terminal.raw, {
    ...options,
    signal,
    size: terminal.size ?? { columns: 80, rows: 24 },
    onAttached: ({ node, name }) => say(clean(`${node}/${name}: its console; ^] leaves`)),
  });
  // below whatever the guest has left there
  terminal.err("\n");
  say(clean(`${report.node}/${report.name}: ${ends[report.end]}`));
  terminal.err(renderSilence(report.nodes, warnings));
  return report.end === "interrupted" ? exitCodes.interrupted : exitCodes.done;
}

const ends: Readonly<Record<ConsoleReport["end"], string>> = {
  left: "left its console",
  off: "it is off now",
  interrupted: "interrupted",
};
