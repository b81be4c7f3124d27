import type { Command } from "commander";
import { planDelete } from "../operations/delete/plan-delete.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";

interface DeleteFlags extends ChangeFlags {
  readonly force?: boolean;
}

const help = `
Examples:
  mclu delete --dry-run web1
  mclu delete ham0/web1
  mclu delete --force --yes-all=2 ham0/web1 ham1/web2

The plan lists every file, what becomes of it, and why what is kept is kept. Removed are the definition, saved memory,
firmware variables, TPM state, what libvirt knows of snapshots, and disks that are regular files or volumes of a pool
which no other guest of any node that answers names, and no other image is based on.
A guest that runs wants --force, which powers it off first; a protected one is refused. While a node fails, a guest has to
be named with its node: NODE/GUEST. It always asks first.`;

export function registerDelete(program: Command, context: Context): void {
  const command = program
    .command("delete")
    .aliases(["rm", "remove"])
    .argument("<guest...>", "names, UUIDs, NODE/GUEST or globs")
    .description("delete guests and exactly their disks, after a printed plan")
    .option("--force", "power off a guest that runs")
    .addHelpText("after", help);
  addChangeOptions(command).action((guests: string[], flags: DeleteFlags) =>
    runChange(context, flags, (cluster) =>
      planDelete(cluster, choiceOf(guests, flags), { force: flags.force, signal: context.signal }),
    ),
  );
}
