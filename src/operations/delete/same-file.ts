import { posix } from "node:path";
import { isNetworkFileSystem } from "../../libvirt/file-system.ts";
import type { FileFacts } from "../../libvirt/files-query.ts";
import { type NamedFiles, volumeKey } from "../../libvirt/named-files.ts";
import { type DiskCandidate, isOnNetwork } from "./fate.ts";
import type { NodeImages } from "./images.ts";
import type { Neighbour } from "./neighbours.ts";

/** A guest's disk, and the node that it is a file of. */
export interface Home {
  readonly node: string;
  readonly uuid: string;
}

/** Who else names a disk of this guest, as NODE/GUEST. On another node the path alone counts: the storage may be shared. */
export function namedBy(
  candidate: DiskCandidate,
  home: Home,
  everywhere: readonly Neighbour[],
  images: ReadonlyMap<string, NodeImages>,
): string | undefined {
  const other = everywhere.find(({ node, uuid, names, variables }) => {
    if ((node === home.node && uuid === home.uuid) || names === null) return false;
    // libvirt of another node has its own, of the same path
    const paths = variables !== null && node === home.node ? [...names.paths, variables] : names.paths;
    return isAmong(candidate, home, { ...names, paths }, images.get(node));
  });
  return other && `${other.node}/${other.name}`;
}

/** All others who name the very file, as NODE/GUEST. On another node a path alone is no sign of it, unlike for `namedBy`. */
export function usersOf(
  candidate: DiskCandidate,
  home: Home,
  everywhere: readonly Neighbour[],
  images: ReadonlyMap<string, NodeImages>,
): readonly string[] {
  return everywhere.flatMap(({ node, uuid, name, names }) => {
    const there = images.get(node);
    if ((node === home.node && uuid === home.uuid) || names === null || !there) return [];
    return names.paths.some((path) => isSameFile(candidate, home, there, path)) ? [`${node}/${name}`] : [];
  });
}

/** Whether a disk of this guest was one when a snapshot of it was made: what is kept of it then is in its image. */
export function isInSnapshot(
  candidate: DiskCandidate,
  home: Home,
  everywhere: readonly Neighbour[],
  images: ReadonlyMap<string, NodeImages>,
): boolean {
  const own = everywhere.filter(({ node, uuid }) => node === home.node && uuid === home.uuid);
  return own.some(({ inSnapshots }) => isAmong(candidate, home, inSnapshots, images.get(home.node)));
}

function isAmong(candidate: DiskCandidate, home: Home, names: NamedFiles, there: NodeImages | undefined): boolean {
  const { path, volume } = candidate;
  const keys = [
    ...(volume ? [volumeKey(volume.kind.name, volume.name)] : []),
    // of a pool that there is not, which may have been anywhere
    ...(path === null ? [] : [volumeKey("", posix.basename(path))]),
  ];
  const leadsToIt = (named: string) => named === path || (there && isSameFile(candidate, home, there, named));
  return names.paths.some(leadsToIt) || keys.some((key) => names.volumes.includes(key));
}

/** An image that is based on a disk, and the node that it is a file of. */
export interface Overlay {
  readonly node: string;
  readonly file: string;
}

/** The images of all nodes that are based on this disk, those of its own node first. */
export function overlaysOn(
  candidate: DiskCandidate,
  home: Home,
  images: ReadonlyMap<string, NodeImages>,
): readonly Overlay[] {
  const { path } = candidate;
  const own = images.get(home.node);
  return [...new Set([...(own ? [own] : []), ...images.values()])].flatMap((there) => {
    const isIt = (other: string) => isSameFile(candidate, home, there, other);
    // a description of a driver (`json:...`) may name it anywhere
    const mentions = (other: string) => path !== null && !other.startsWith("/") && other.includes(path);
    return there.scan.images
      .filter(
        ({ file, backing, data }) =>
          !isIt(file) && [...backing, ...data].some((other) => isIt(other) || mentions(other)),
      )
      .map(({ file }) => ({ node: there.node, file }));
  });
}

/** The path of an image, with its node where that is another one than the disk's. */
export function overlayPath({ node, file }: Overlay, home: Home): string {
  return node === home.node ? file : `${node}:${file}`;
}

/** Whose disks images are: other guests as NODE/GUEST, and the path of an image that none of them names. */
export function overlayNames(
  overlays: readonly Overlay[],
  home: Home,
  everywhere: readonly Neighbour[],
  images: ReadonlyMap<string, NodeImages>,
): readonly string[] {
  const names = overlays.flatMap((overlay) => {
    const target = (path: string) => images.get(overlay.node)?.file(path)?.target ?? path;
    const guests = everywhere.filter(
      ({ node, uuid, names: named }) =>
        node === overlay.node &&
        (node !== home.node || uuid !== home.uuid) &&
        named?.paths.some((path) => path === overlay.file || target(path) === target(overlay.file)),
    );
    return guests.length === 0 ? [overlayPath(overlay, home)] : guests.map(({ node, name }) => `${node}/${name}`);
  });
  return [...new Set(names)];
}

/**
 * Whether a path of a node leads to this disk. Numbers of devices mean nothing on another node, and the storage may be
 * mounted elsewhere there: on shared storage the inode, which NFS and its like hand on, tells, or name and size.
 */
function isSameFile(candidate: DiskCandidate, home: Home, there: NodeImages, other: string): boolean {
  const { path, file } = candidate;
  const found = there.file(other);
  if (there.node === home.node) return other === path || (file !== null && found?.target === file.target);
  if (path === null || !(isOnNetwork(candidate) || (found && isNetworkFileSystem(found.fileSystem)))) return false;
  if (other === path || mapperName(other) === mapperName(path)) return true;
  return file !== null && found !== null && (inode(found) === inode(file) || isNamesake([path, file], [other, found]));
}

type Found = readonly [path: string, file: FileFacts];

function isNamesake([a, { size: sizeOfA }]: Found, [b, { size: sizeOfB }]: Found): boolean {
  return posix.basename(a) === posix.basename(b) && sizeOfA === sizeOfB;
}

function inode({ target }: FileFacts): string | undefined {
  return target.split(":")[1];
}

/** A logical volume has two names: /dev/GROUP/VOLUME, and /dev/mapper/GROUP-VOLUME, where dashes of its own are doubled. */
function mapperName(path: string): string {
  const [, group, volume] = /^\/dev\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  if (group === undefined || volume === undefined || group === "mapper") return path;
  return `/dev/mapper/${group.replaceAll("-", "--")}-${volume.replaceAll("-", "--")}`;
}
