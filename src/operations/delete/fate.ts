import type { Disk } from "../../libvirt/domain-details.ts";
import { isNetworkFileSystem } from "../../libvirt/file-system.ts";
import type { FileFacts } from "../../libvirt/files-query.ts";
import type { FoundVolume, Pool } from "../../libvirt/pools-query.ts";

/** What `delete` does with something that belongs to a guest, and why it is kept. */
export interface FileFate {
  /** `disk vda`, `nvram`, `backing file of vda` ... */
  readonly what: string;
  /** Where it is on the node; null: it is no file there. */
  readonly path: string | null;
  readonly fate: "remove" | "keep" | "missing";
  /** Why it is kept; null for what is removed. */
  readonly reason: string | null;
  /** Bytes. */
  readonly size: number | null;
}

/** A disk of the guest, and what its node says of it. */
export interface DiskCandidate {
  readonly disk: Disk;
  /** null: no file or device of the node. */
  readonly path: string | null;
  readonly volume: (FoundVolume & { readonly kind: Pool }) | null;
  /** null: nothing is there, or nothing that this login may see. */
  readonly file: FileFacts | null;
}

/** A file of a node that is no disk of the guest in question: looked for as if it were one. */
export function fileCandidate(path: string, file: FileFacts | null): DiskCandidate {
  const where = { target: "", bus: null, device: "disk", type: "file", source: path, volume: null } as const;
  const disk = { ...where, format: null, readonly: false, shareable: false, backing: null };
  return { disk, path, volume: null, file };
}

/** What else there is in the cluster that may want a file. */
export interface Evidence {
  /** Who else names this file, as NODE/GUEST. */
  readonly namedBy: (candidate: DiskCandidate) => string | undefined;
  /** The image that is backed by this file. */
  readonly backs: (candidate: DiskCandidate) => string | undefined;
  /** Why nothing can be known of some guests or images; null: all was read. */
  readonly unknown: string | null;
  /** Why nothing can be known of some guests or images of other nodes; null: all was read. */
  readonly elsewhere: string | null;
}

/** Pools whose volumes are files of a directory. */
export const fileVolumes: ReadonlySet<string> = new Set(["dir", "fs", "netfs"]);
/** Pools whose volumes other hosts may use as well: a volume group may lie on shared disks. */
const networkPools: ReadonlySet<string> = new Set(["netfs", "logical"]);

/** What becomes of a disk. The first reason to keep it decides. */
export function fateOfDisk(candidate: DiskCandidate, evidence: Evidence): FileFate {
  const { disk, path, file } = candidate;
  const fate = {
    what: `${disk.device} ${disk.target}`,
    path: path ?? disk.source,
    size: file?.size ?? null,
  };
  const reason = reasonToKeep(candidate, evidence);
  if (reason !== undefined) return { ...fate, fate: "keep", reason };
  if (file === null) return { ...fate, fate: "missing", reason: "nothing is there, or nothing this login may see" };
  return { ...fate, fate: "remove", reason: null };
}

function reasonToKeep(candidate: DiskCandidate, evidence: Evidence): string | undefined {
  const { disk, path, volume, file } = candidate;
  if (disk.device !== "disk") return `it is a ${disk.device}`;
  if (disk.readonly) return "it is read-only for this guest";
  if (disk.shareable) return "it is shareable: other guests may use it";
  if (path === null) return disk.volume ? unlisted(disk.volume.pool) : `it is a disk of type ${disk.type}`;
  const isFile = volume === null || fileVolumes.has(volume.kind.type);
  if (volume !== null && !isFile && volume.kind.type !== "logical")
    return `nobody can tell what else is in a pool of type ${volume.kind.type}`;
  if (isFile && file?.kind === "symbolic link") return "it is a symbolic link";
  if (isFile && file !== null && !isRegular(file))
    return file.kind === "block special file"
      ? "it is a block device outside a pool"
      : `it is no regular file but a ${file.kind}`;
  if (volume === null && file === null && disk.type === "block") return "it is a block device outside a pool";
  const other = evidence.namedBy(candidate);
  if (other !== undefined) return `${other} names it too`;
  if (file?.isOrigin) return "it has LVM snapshots, which would go with it";
  const overlay = evidence.backs(candidate);
  if (overlay !== undefined) return `${overlay} is backed by it`;
  if (evidence.unknown !== null) return evidence.unknown;
  if (evidence.elsewhere !== null && isOnNetwork(candidate))
    return `it is on shared storage, and ${evidence.elsewhere}`;
  return undefined;
}

/** A pool lists a file that was put into it from the next pool-refresh on. */
function unlisted(pool: string): string {
  return `its pool ${pool} is not active, or does not list it (virsh pool-refresh)`;
}

export function isRegular({ kind }: FileFacts): boolean {
  return kind === "regular file" || kind === "regular empty file";
}

/** Whether other nodes may see this very file or volume. */
export function isOnNetwork({ volume, file }: DiskCandidate): boolean {
  return (
    (volume !== null && networkPools.has(volume.kind.type)) || (file !== null && isNetworkFileSystem(file.fileSystem))
  );
}
