import type { Command } from "commander";
import { isAssignment, parseAssignments } from "../operations/set/assignments.ts";
import { planSet } from "../operations/set/plan-set.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";

interface SetFlags extends ChangeFlags {
  readonly all?: boolean;
}

const help = `
What can be set:
  vcpus=N            virtual CPUs
  memory=SIZE        such as 512M or 8G
  boot=DEVICE        hd, cdrom or network; several in order: boot=cdrom,hd. What is not named comes after
  description=TEXT   description= removes it
  autostart=yes|no   whether it starts with its node

Examples:
  mclu set web1 vcpus=4 memory=8G
  mclu set --dry-run ham1/db boot=cdrom
  mclu set 'web*' autostart=yes

A guest that runs is changed at once where libvirt can; what takes effect at its next start is said.
--dry-run shows how its definition changes.`;

export function registerSet(program: Command, context: Context): void {
  const command = program
    .command("set")
    .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs, then what is to be set")
    .usage("[options] GUEST... NAME=VALUE...")
    .description("change a guest's vCPUs, memory, boot order, description, autostart")
    .option("--all", "every guest of every node, or of --node NODE")
    .addHelpText("after", help);
  addChangeOptions(command).action((words: string[], flags: SetFlags) => {
    // from the first NAME=VALUE on: a guest's own name may hold a =
    const first = words.findIndex(isAssignment);
    const border = first < 0 ? words.length : first;
    const wanted = parseAssignments(words.slice(border));
    return runChange(context, flags, (cluster) =>
      planSet(cluster, choiceOf(words.slice(0, border), flags), wanted, { signal: context.signal }),
    );
  });
}
