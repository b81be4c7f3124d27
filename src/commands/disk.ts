import { type Command, Option } from "commander";
import { exitCodes, UserError } from "../errors.ts";
import { type AddDiskOptions, type DiskFormat, diskBuses, planAddDisk } from "../operations/disk/add.ts";
import { parseNewSize, planGrowDisk } from "../operations/disk/grow.ts";
import { listDisks } from "../operations/disk/list.ts";
import { planRemoveDisk } from "../operations/disk/remove.ts";
import { diskListing } from "../render/devices.ts";
import { parseSize } from "../size.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";
import { addDeviceList } from "./device-list.ts";

/** `disk list`, `add`, `grow`, `remove`. */
export function registerDisk(program: Command, context: Context): void {
  const group = program.command("disk").description("list, add, grow and remove a guest's disks");
  group.addHelpText("after", "\nExamples:\n  mclu disk add web1 20G\n  mclu disk grow web1 vda 40G");
  const list = group.command("list").alias("ls").description("list the disks of guests, now and from the next start");
  list.addHelpText("after", "\nExamples:\n  mclu disk list web1");
  addDeviceList(
    list,
    context,
    (cluster, guests, { node }) => listDisks(cluster, guests, { nodes: node, signal: context.signal }),
    diskListing,
    "no disks: mclu disk add GUEST SIZE adds one",
  );
  registerAddDisk(group.command("add"), context);
  registerGrow(group.command("grow"), context);
  registerRemove(group.command("remove").alias("rm"), context);
}

interface AddFlags extends ChangeFlags, Pick<AddDiskOptions, "pool" | "bus" | "force"> {
  readonly source?: string;
  readonly format?: DiskFormat;
}

const addHelp = `
Examples:
  mclu disk add web1 20G
  mclu disk add web1 20G --pool big --bus scsi
  mclu disk add web1 --source default/old-data.qcow2

A new volume is GUEST-TARGET.qcow2 in the pool of the node's configuration; no file that is there is ever written over.
--source attaches an image that is there: an absolute path on the guest's node, or POOL/VOLUME. One that another guest
has, or that other images are based on, is refused.
A guest that runs gets the disk at once on the buses virtio, scsi and usb, and else with its next start.`;

/** \`disk add\`, and Maglica's \`vm attach-disk\`. */
export function registerAddDisk(command: Command, context: Context): void {
  command
    .argument("<guest>", "a name, a UUID, NODE/GUEST or a glob")
    .argument("[size]", "of a new volume, such as 20G")
    .description("give a guest another disk")
    .option("--source <volume>", "an image that is there: /PATH or POOL/VOLUME")
    .option("--pool <pool>", "where the new volume goes, instead of the node's usual pool")
    .addOption(new Option("--format <format>", "of the image").choices(["qcow2", "raw"]))
    .addOption(new Option("--bus <bus>", "that of its first disk by default").choices(diskBuses))
    .option("--force", "also a volume that is larger than the pool's free space")
    .addHelpText("after", addHelp);
  addChangeOptions(command).action((guest: string, size: string | undefined, flags: AddFlags) => {
    const { source, pool, format, bus, force } = flags;
    const from = readFrom(size, source);
    return runChange(context, flags, (cluster) =>
      planAddDisk(cluster, choiceOf([guest], flags), { from, pool, format, bus, force, signal: context.signal }),
    );
  });
}

function readFrom(size: string | undefined, source: string | undefined): AddDiskOptions["from"] {
  const wrong = (message: string) =>
    new UserError(message, {
      hint: "mclu disk add web1 20G, or mclu disk add web1 --source /PATH",
      exitCode: exitCodes.usage,
    });
  if (size !== undefined && source !== undefined) throw wrong("a size and --source exclude each other");
  if (source !== undefined) return { source };
  if (size === undefined) throw wrong("a size or --source is missing");
  const bytes = parseSize(size);
  if (bytes < 1024 ** 2) throw wrong(`${size} is less than a disk can have: expected 1M or more`);
  return { size: Math.ceil(bytes / 512) * 512 };
}

const growHelp = `
Examples:
  mclu disk grow web1 vda 40G
  mclu disk grow ham1/db vdb +10G

At once where the guest runs. What is in the disk, partitions and file systems, is left as it is. A disk never shrinks, and
one that other images are based on does not grow.`;

function registerGrow(command: Command, context: Context): void {
  command
    .argument("<guest>", "a name, a UUID, NODE/GUEST or a glob")
    .argument("<disk>", "its target, such as vda, or its path")
    .argument("<size>", "how large it is to be, or +SIZE: how much larger")
    .description("make a disk larger")
    .addHelpText("after", growHelp);
  addChangeOptions(command).action((guest: string, disk: string, size: string, flags: ChangeFlags) => {
    const wanted = parseNewSize(size);
    return runChange(context, flags, (cluster) =>
      planGrowDisk(cluster, choiceOf([guest], flags), disk, wanted, { signal: context.signal }),
    );
  });
}

const removeHelp = `
Examples:
  mclu disk remove web1 vdb
  mclu disk remove --delete ham1/db vdb

The image stays, unless --delete is given: then it goes as 'mclu delete' would have it, after a plan and a question, and
stays where another guest or image needs it. A running guest has to let go of the disk; the one it runs from stays.`;

function registerRemove(command: Command, context: Context): void {
  command
    .argument("<guest>", "a name, a UUID, NODE/GUEST or a glob")
    .argument("<disk>", "its target, such as vdb, or its path")
    .description("take a disk from a guest")
    .option("--delete", "remove its image as well, after a question")
    .addHelpText("after", removeHelp);
  addChangeOptions(command).action((guest: string, disk: string, flags: ChangeFlags & { readonly delete?: boolean }) =>
    runChange(context, flags, (cluster) =>
      planRemoveDisk(cluster, choiceOf([guest], flags), disk, { delete: flags.delete, signal: context.signal }),
    ),
  );
}
