import type { Command } from "commander";
import { planAutostart } from "../operations/autostart.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";

interface AutostartFlags extends ChangeFlags {
  readonly all?: boolean;
  readonly off?: boolean;
}

const help = `
Examples:
  mclu autostart web1
  mclu autostart --off web1 'db*'`;

export function registerAutostart(program: Command, context: Context): void {
  const command = program
    .command("autostart")
    .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs")
    .usage("[options] GUEST...")
    .description("have guests start with their node")
    .option("--off", "no longer")
    .option("--all", "every guest of every node, or of --node NODE")
    .addHelpText("after", help);
  addChangeOptions(command).action((guests: string[], flags: AutostartFlags) =>
    runChange(context, flags, (cluster) =>
      planAutostart(cluster, choiceOf(guests, flags), { off: flags.off, signal: context.signal }),
    ),
  );
}
