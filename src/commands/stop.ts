import type { Command } from "commander";
import { planStop } from "../operations/stop.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";
import { parseSeconds } from "./parse-seconds.ts";

interface StopFlags extends ChangeFlags {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly timeout?: number;
}

const help = `
Examples:
  mclu stop web1
  mclu stop --timeout 30 --force web1 ham1/db
  mclu stop --all --node ham0 --yes-all=4

A guest is asked to switch itself off, by its agent where one is connected and by ACPI elsewhere, again at half of the
time. One that is still on then is left running (exit code 7), unless --force powers it off.
A glob and --all ask first.`;

export function registerStop(program: Command, context: Context): void {
  const command = program
    .command("stop")
    .alias("shutdown")
    .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs")
    .usage("[options] GUEST...")
    .description("have guests switch themselves off")
    .option("--all", "every guest of every node, or of --node NODE")
    .option("--timeout <seconds>", "how long a guest may take (default: 120)", parseSeconds)
    .option("--force", "power off what is still on then")
    .addHelpText("after", help);
  addChangeOptions(command).action((guests: string[], flags: StopFlags) =>
    runChange(context, flags, (cluster) => {
      const { force, timeout } = flags;
      return planStop(cluster, choiceOf(guests, flags), { force, timeout, signal: context.signal });
    }),
  );
}
