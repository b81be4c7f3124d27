import type { Command } from "commander";
import { planDestroy } from "../operations/destroy.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";

interface DestroyFlags extends ChangeFlags {
  readonly all?: boolean;
}

const help = `
Examples:
  mclu destroy web1
  mclu destroy --node ham0 --all --yes-all=3

Pulls the plug: what a guest has not written to its disks is lost. Its definition and its disks stay: mclu start brings
it back, and mclu delete removes it. A protected guest is refused. A glob and --all ask first.`;

export function registerDestroy(program: Command, context: Context): void {
  const command = program
    .command("destroy")
    .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs")
    .usage("[options] GUEST...")
    .description("power guests off at once; definition and disks stay")
    .option("--all", "every guest of every node, or of --node NODE")
    .addHelpText("after", help);
  addChangeOptions(command).action((guests: string[], flags: DestroyFlags) =>
    runChange(context, flags, (cluster) => planDestroy(cluster, choiceOf(guests, flags), { signal: context.signal })),
  );
}
