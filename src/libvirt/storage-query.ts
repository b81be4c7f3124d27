import { type DiskSize, type Image, parseBlockInfo, parseImageChain, parseVolume, type Volume } from "./block.ts";
import type { Disk } from "./domain-details.ts";
import { virshSteps, virshTexts } from "./domain-query.ts";
import { isImageKind } from "./file-kinds.ts";
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
  /** What its file is instead of an image: `fifo`; null: it may be one. */
  readonly odd: string | null;
}

export interface StorageFacts {
  /** In the order of the subject's disks. */
  readonly disks: readonly DiskFacts[];
  /** null for one that cannot be read. */
  readonly snapshots: readonly (Snapshot | null)[];
  /** Whether the node has no qemu-img, so that no chain is known. */
  readonly lacksQemuImg: boolean;
}

/** Seconds: storage that hangs (a dead NFS server) leaves numbers unknown, and nothing else. */
const virshCap = 8;
const imageCap = 4;

/** The exit code of a shell, and of timeout, for a program that is not there. */
const notFound = 127;

/** What the files of disks are, by path, as `fileKindsQuery` has it. */
export type FileKinds = ReadonlyMap<string, string | null>;

/**
 * Sizes, backing chains and snapshots of some guests: one virsh process, and a qemu-img for every image. What is neither a
 * regular file nor a block device is asked nobody about: libvirtd opens what it tells the size of, and hangs at a pipe.
 */
export function storageQuery(subjects: readonly StorageSubject[], kinds: FileKinds): Query<readonly StorageFacts[]> {
  const commands = subjects.map((subject) => virshCommands(subject, kinds));
  const virsh = virshSteps(commands.flat(), virshCap);
  const images = subjects.map(({ disks }) => disks.map((disk) => imageStep(disk, kinds)));
  const imageSteps = images.flat().filter((step) => step !== null);
  return {
    steps: [...virsh, ...imageSteps],
    parse(answers) {
      const texts = virshTexts(virsh, answers);
      const asked = answers.slice(virsh.length);
      const chains = asked.map(({ texts: [text = ""] }) => text);
      const lacksQemuImg = asked.some(({ code }) => code === notFound);
      return subjects.map(({ disks, snapshots }, index) => {
        const taken = () => texts.shift() ?? "";
        const sizes = disks.map((disk) => parseBlockInfo(isAsked(disk, kinds) ? taken() : ""));
        const volumes = disks.map(({ volume }) => (volume === null ? null : readable(taken(), parseVolume)));
        const known = snapshots.map(() => readable(taken(), parseSnapshot));
        const found = disks.map((_, disk) =>
          images[index]?.[disk] ? readable(chains.shift() ?? "", parseImageChain) : null,
        );
        return {
          disks: disks.map((disk, at) => ({
            size: sizes[at] ?? noSize,
            chain: found[at] ?? null,
            volume: volumes[at] ?? null,
            odd: oddKind(disk, kinds),
          })),
          snapshots: known,
          lacksQemuImg,
        };
      });
    },
  };
}

/** In the order in which `parse` takes their texts. */
function virshCommands({ uuid, disks, snapshots }: StorageSubject, kinds: FileKinds): string[][] {
  return [
    ...disks.flatMap((disk) => (isAsked(disk, kinds) ? [["domblkinfo", uuid, "--device", disk.target]] : [])),
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
function imageStep(disk: Disk, kinds: FileKinds): Step | null {
  const { source, format } = disk;
  if (source === null || !isOnNode(disk) || !isAsked(disk, kinds)) return null;
  const run = ["qemu-img", "info", "-U", "-f", format ?? "raw", "--output=json", "--backing-chain", source];
  return { run, cap: imageCap };
}

const noSize: DiskSize = { capacity: null, allocation: null };

function isOnNode({ type }: Disk): boolean {
  return type === "file" || type === "block";
}

/** Of a volume its pool says how large it is, which opens nothing that it could hang at. */
function isAsked(disk: Disk, kinds: FileKinds): boolean {
  if (disk.source === null) return true;
  return isOnNode(disk) ? isImageKind(kinds.get(disk.source) ?? null) : disk.type === "network";
}

function oddKind(disk: Disk, kinds: FileKinds): string | null {
  const kind = disk.source === null || !isOnNode(disk) ? null : (kinds.get(disk.source) ?? null);
  return isImageKind(kind) ? null : kind;
}

/** The files that `storageQuery` has to know the kinds of. */
export function filesOf(subjects: readonly StorageSubject[]): readonly string[] {
  const paths = subjects.flatMap(({ disks }) => disks.flatMap((disk) => (isOnNode(disk) ? (disk.source ?? []) : [])));
  return [...new Set(paths)].filter((path) => path.startsWith("/"));
}

function readable<T>(text: string, parse: (text: string) => T): T | null {
  return text.trim() === "" ? null : understood(() => parse(text));
}

/** Seconds that `storageQuery` may take on the node at most. */
export function storageSeconds(subjects: readonly StorageSubject[]): number {
  return virshCap + imageCap * subjects.reduce((sum, { disks }) => sum + disks.length, 0);
}
