import type { Command } from "commander";
import { planRename } from "../operations/rename.ts";
import { addChangeOptions, type ChangeFlags, runChange } from "./change.ts";
import type { Context } from "./context.ts";

const help = `
Examples:
  mclu rename web1 www
  mclu rename ham1/db 'old db'

The guest has to be off, and no node that answers may have a guest of the new name. Its disks keep their names.
While a node fails, the guest has to be named with its node: NODE/GUEST.`;

export function registerRename(program: Command, context: Context): void {
  const command = program
    .command("rename")
    .argument("<guest>", "a name, a UUID or NODE/GUEST")
    .argument("<new-name>", "what it is to be called")
    .description("give a guest another name")
    .addHelpText("after", help);
  addChangeOptions(command).action((guest: string, newName: string, flags: ChangeFlags) =>
    runChange(context, flags, (cluster) =>
      planRename(cluster, guest, newName, { nodes: flags.node, signal: context.signal }),
    ),
  );
}
