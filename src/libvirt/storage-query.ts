import { type DiskSize, type Image, parseBlockInfo, parseImageChain, parseVolume, type Volume } from "./block.ts";
import type { Disk } from "./domain-details.ts";
import { virshSteps, virshTexts } from "./domain-query.ts";
import { type Query, type Step, understood } from "./query.ts";
import { parseSnapshot, type Snapshot } from "./snapshots.ts";

/** What is asked about: a guest's disks and snapshots, by name, as its facts have them. */
export interface StorageSubject {
  readonly uuid: string;
  readonly disks: readonly Disk[];
  readonly snapshots: readonly string[];
}

/** What storage said about a disk; null is what it did not say. */
export interface DiskFacts {
  readonly size: DiskSize;
  /** The image, then what backs it; null: it could not be read. */
  readonly chain: readonly Image[] | null;
  readonly volume: Volume | null;
}

export interface StorageFacts {
  /** In the order of the subject's disks. */
  readonly disks: readonly DiskFacts[];
  /** null for one that cannot be read. */
  readonly snapshots: readonly (Snapshot | null)[];
}

/** Seconds: storage that hangs (a dead NFS server) leaves numbers unknown, and nothing else. */
const virshCap = 8;
const imageCap = 4;

/** Sizes, backing chains and snapshots of some guests: one virsh process, and a qemu-img for every image. */
export function storageQuery(subjects: readonly StorageSubject[]): Query<readonly StorageFacts[]> {
  const commands = subjects.map(virshCommands);
  const virsh = virshSteps(commands.flat(), virshCap);
  const images = subjects.map(({ disks }) => disks.map(imageStep));
  const imageSteps = images.flat().filter((step) => step !== null);
  return {
    steps: [...virsh, ...imageSteps],
    parse(answers) {
      const texts = virshTexts(virsh, answers);
      const chains = answers.slice(virsh.length).map(({ texts: [text = ""] }) => text);
      return subjects.map(({ disks, snapshots }, index) => {
        const taken = () => texts.shift() ?? "";
        const sizes = disks.map(() => parseBlockInfo(taken()));
        const volumes = disks.map(({ volume }) => (volume === null ? null : readable(taken(), parseVolume)));
        const known = snapshots.map(() => readable(taken(), parseSnapshot));
        const found = disks.map((_, disk) =>
          images[index]?.[disk] ? readable(chains.shift() ?? "", parseImageChain) : null,
        );
        return {
          disks: sizes.map((size, disk) => ({ size, chain: found[disk] ?? null, volume: volumes[disk] ?? null })),
          snapshots: known,
        };
      });
    },
  };
}

/** In the order in which `parse` takes their texts. */
function virshCommands({ uuid, disks, snapshots }: StorageSubject): string[][] {
  return [
    ...disks.map(({ target }) => ["domblkinfo", uuid, "--device", target]),
    ...disks.flatMap(({ volume }) =>
      volume === null ? [] : [["vol-dumpxml", "--pool", volume.pool, "--vol", volume.name]],
    ),
    ...snapshots.map((name) => ["snapshot-dumpxml", uuid, "--snapshotname", name]),
  ];
}

/**
 * -U: a running guest holds the image's lock. -f: without it qemu-img believes what the guest wrote at the beginning of a
 * raw disk, which may name any file of the node.
 */
function imageStep({ type, source, format }: Disk): Step | null {
  if (source === null || !(type === "file" || type === "block")) return null;
  const run = ["qemu-img", "info", "-U", "-f", format ?? "raw", "--output=json", "--backing-chain", source];
  return { run, cap: imageCap };
}

function readable<T>(text: string, parse: (text: string) => T): T | null {
  return text.trim() === "" ? null : understood(() => parse(text));
}

/** Seconds that `storageQuery` may take on the node at most. */
export function storageSeconds(subjects: readonly StorageSubject[]): number {
  return virshCap + imageCap * subjects.reduce((sum, { disks }) => sum + disks.length, 0);
}
