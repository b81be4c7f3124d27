import type { Command } from "commander";
import { planCreateSnapshot, timeName } from "../operations/snapshot/create.ts";
import { listSnapshots } from "../operations/snapshot/list.ts";
import { planDeleteSnapshot, planRevertSnapshot } from "../operations/snapshot/revert.ts";
import { snapshotListing } from "../render/devices.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";
import { addDeviceList } from "./device-list.ts";

/** `snapshot create`, `list`, `revert`, `delete`. */
export function registerSnapshot(program: Command, context: Context): void {
  const group = program.command("snapshot").description("make snapshots of guests, revert to them, delete them");
  group.addHelpText(
    "after",
    "\nExamples:\n  mclu snapshot create web1 before-upgrade\n  mclu snapshot revert web1 before-upgrade",
  );
  const list = group.command("list").alias("ls").description("list the snapshots of guests");
  list.addHelpText("after", "\nExamples:\n  mclu snapshot list web1");
  addDeviceList(
    list,
    context,
    (cluster, guests, { node }) => listSnapshots(cluster, guests, { nodes: node, signal: context.signal }),
    snapshotListing,
    "no snapshots: mclu snapshot create GUEST makes one",
  );
  registerCreate(group.command("create"), context);
  registerRevert(group.command("revert"), context);
  registerDelete(group.command("delete").alias("rm"), context);
}

const createHelp = `
Examples:
  mclu snapshot create web1 before-upgrade
  mclu snapshot create 'web*' --description 'before the move'

Disks and, of a guest that runs, memory. What libvirt could not revert to is refused before it is made: raw disks, and UEFI
firmware, whose variables no snapshot holds.`;

function registerCreate(command: Command, context: Context): void {
  command
    .argument("<guest>", "a name, a UUID, NODE/GUEST or a glob")
    .argument("[name]", "of the snapshot; the time by default")
    .description("make a snapshot of a guest")
    .option("--description <text>", "kept with it")
    .addHelpText("after", createHelp);
  addChangeOptions(command).action(
    (guest: string, given: string | undefined, flags: ChangeFlags & { readonly description?: string }) => {
      // the plan is made again where its question stood for a while
      const name = given ?? timeName();
      return runChange(context, flags, (cluster) =>
        planCreateSnapshot(cluster, choiceOf([guest], flags), {
          name,
          description: flags.description,
          signal: context.signal,
        }),
      );
    },
  );
}

function registerRevert(command: Command, context: Context): void {
  command
    .argument("<guest>", "a name, a UUID, NODE/GUEST or a glob")
    .argument("<name>", "of the snapshot")
    .description("take a guest back to a snapshot, after a question")
    .addHelpText(
      "after",
      "\nExamples:\n  mclu snapshot revert ham0/web1 before-upgrade\n\nWhat its disks have taken since is lost. While a node fails, the guest has to be named with its node: NODE/GUEST.",
    );
  addChangeOptions(command).action((guest: string, name: string, flags: ChangeFlags) =>
    runChange(context, flags, (cluster) =>
      planRevertSnapshot(cluster, choiceOf([guest], flags), name, { signal: context.signal }),
    ),
  );
}

function registerDelete(command: Command, context: Context): void {
  command
    .argument("<guest>", "a name, a UUID, NODE/GUEST or a glob")
    .argument("<name>", "of the snapshot")
    .description("delete a snapshot, after a question; the guest stays as it is")
    .addHelpText("after", "\nExamples:\n  mclu snapshot delete web1 before-upgrade");
  addChangeOptions(command).action((guest: string, name: string, flags: ChangeFlags) =>
    runChange(context, flags, (cluster) =>
      planDeleteSnapshot(cluster, choiceOf([guest], flags), name, { signal: context.signal }),
    ),
  );
}
