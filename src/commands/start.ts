import type { Command } from "commander";
import { planStart } from "../operations/start.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";

interface StartFlags extends ChangeFlags {
  readonly all?: boolean;
  readonly force?: boolean;
}

const help = `
Examples:
  mclu start web1
  mclu start ham1/web1 'db*'
  mclu start --all --node ham0

A guest that runs already is left as it is.`;

export function registerStart(program: Command, context: Context): void {
  const command = program
    .command("start")
    .alias("boot")
    .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs")
    .usage("[options] GUEST...")
    .description("start guests")
    .option("--all", "every guest of every node, or of --node NODE")
    .option("--force", "also a guest that was last seen running on a node that does not answer now")
    .addHelpText("after", help);
  addChangeOptions(command).action((guests: string[], flags: StartFlags) =>
    runChange(context, flags, (cluster) =>
      planStart(cluster, choiceOf(guests, flags), { force: flags.force, signal: context.signal }),
    ),
  );
}
