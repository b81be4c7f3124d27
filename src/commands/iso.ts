import type { Command } from "commander";
import { planAttachIso } from "../operations/iso/attach.ts";
import { planEjectIso } from "../operations/iso/eject.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";

interface IsoFlags extends ChangeFlags {
  readonly drive?: string;
  readonly force?: boolean;
}

/** `iso attach` and `iso eject`. */
export function registerIso(program: Command, context: Context): void {
  const group = program.command("iso").description("put media into guests' cdrom drives, and take them out");
  group.addHelpText("after", "\nExamples:\n  mclu iso attach web1 default/debian.iso\n  mclu iso eject web1");
  registerAttachIso(group.command("attach"), context);
  registerEject(group.command("eject"), context);
}

const attachHelp = `
Examples:
  mclu iso attach web1 /var/lib/libvirt/images/debian-12.iso
  mclu iso attach ham1/db default/rescue.iso
  mclu set ham1/db boot=cdrom

What is in the drive already is replaced. A guest without a cdrom drive gets one: at once where it is off or has
virtio-scsi, else with its next start.`;

/** `iso attach`, and Maglica's `vm attach-iso`. */
export function registerAttachIso(command: Command, context: Context): void {
  command
    .argument("<guest>", "a name, a UUID, NODE/GUEST or a glob")
    .argument("<iso>", "/PATH on the guest's node, or POOL/VOLUME")
    .description("put an ISO image into a guest's cdrom drive")
    .option("--drive <target>", "which drive, such as sda, instead of the first")
    .addHelpText("after", attachHelp);
  addChangeOptions(command).action((guest: string, iso: string, flags: IsoFlags) =>
    runChange(context, flags, (cluster) =>
      planAttachIso(cluster, choiceOf([guest], flags), iso, { drive: flags.drive, signal: context.signal }),
    ),
  );
}

function registerEject(command: Command, context: Context): void {
  command
    .argument("<guest...>", "names, UUIDs, NODE/GUEST or globs")
    .description("take the medium out of a guest's cdrom drive")
    .option("--drive <target>", "which drive, such as sda, instead of the first")
    .option("--force", "also where the guest has locked the drive")
    .addHelpText("after", "\nExamples:\n  mclu iso eject web1\n\nThe image itself stays where it is.");
  addChangeOptions(command).action((guests: string[], flags: IsoFlags) =>
    runChange(context, flags, (cluster) =>
      planEjectIso(cluster, choiceOf(guests, flags), {
        drive: flags.drive,
        force: flags.force,
        signal: context.signal,
      }),
    ),
  );
}
