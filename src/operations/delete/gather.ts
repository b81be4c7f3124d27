import { posix } from "node:path";
import { undefineOptionsQuery } from "../../libvirt/definitions-query.ts";
import type { Disk, DomainDetails } from "../../libvirt/domain-details.ts";
import { parseDomain } from "../../libvirt/domain-xml.ts";
import { type FileFacts, filesQuery } from "../../libvirt/files-query.ts";
import { type ImageScan, imageScanQuery } from "../../libvirt/image-scan.ts";
import { volumeKey } from "../../libvirt/named-files.ts";
import { activePoolsQuery, poolsQuery, type VolumeQuestion, volumesQuery } from "../../libvirt/pools-query.ts";
import { UnexpectedOutput } from "../../libvirt/query.ts";
import type { Node } from "../../node/node.ts";
import type { DiskCandidate, Evidence } from "./fate.ts";
import { fileVolumes } from "./fate.ts";
import type { Neighbour } from "./neighbours.ts";

/** What a node says of the disks of guests that are to be deleted. */
export interface NodeEvidence {
  readonly candidatesOf: (uuid: string) => readonly DiskCandidate[];
  readonly file: (path: string) => FileFacts | null;
  readonly evidenceFor: (uuid: string) => Evidence;
  /** What a disk is an overlay of, nearest first. */
  readonly basesOf: (candidate: DiskCandidate) => readonly string[];
  readonly undefineOptions: ReadonlySet<string>;
}

/** Seconds that reading all images of a node may take. */
const scanSeconds = 120;

/**
 * Asks a node about the disks of guests, and about every file that may depend on one of them.
 * @param everywhere all domains of all nodes that answered
 * @param silent nodes that did not
 * @param unscanned every other node
 */
export async function gatherEvidence(
  node: Node,
  targets: readonly { readonly uuid: string; readonly details: readonly DomainDetails[] }[],
  everywhere: readonly Neighbour[],
  silent: readonly string[],
  unscanned: readonly string[],
  signal: AbortSignal | undefined,
): Promise<NodeEvidence> {
  const ask = { signal, patient: true };
  const here = everywhere.filter((one) => one.node === node.name);
  const disks = targets.flatMap(({ uuid, details }) => disksOf(details).map((disk) => ({ uuid, disk })));
  const pools = await node.ask(poolsQuery(await node.ask(activePoolsQuery, ask)), ask);
  const volumes = await node.ask(volumesQuery(disks.map(({ disk }) => volumeQuestion(disk))), ask);
  const found = disks.map(({ uuid, disk }, index) => {
    const volume = volumes[index] ?? null;
    const kind = pools.find((pool) => pool.uuid === volume?.pool);
    const onNode = disk.type === "file" || disk.type === "block";
    const path = disk.volume === null ? (onNode ? disk.source : null) : (volume?.path ?? null);
    return { uuid, disk, path, volume: volume && kind ? { ...volume, kind } : null };
  });
  const candidatePaths = found.flatMap(({ path }) => (path?.startsWith("/") ? [path] : []));
  const places = new Set([
    ...pools.flatMap(({ type, directory }) =>
      directory !== null && (fileVolumes.has(type) || type === "logical") ? [directory] : [],
    ),
    ...candidatePaths.map((path) => posix.dirname(path)).filter((path) => !path.startsWith("/dev")),
  ]);
  const others = here.flatMap(({ definitions }) => imagesOf([definitions.now, definitions.next]));
  for (const { path } of others) if (!places.has(posix.dirname(path))) places.add(path);
  const scan = await node.ask(imageScanQuery([...places], rawOnly(others)), { ...ask, seconds: scanSeconds });
  const named = here.flatMap(({ names }) => names?.paths ?? []);
  const backing = scan.images.flatMap((image) => [image.file, ...image.backing]);
  const paths = [...new Set([...candidatePaths, ...named, ...backing])].filter((path) => path.startsWith("/"));
  const facts = await node.ask(filesQuery(paths), { ...ask, seconds: scanSeconds });
  const files = new Map(paths.map((path, index) => [path, facts[index] ?? null]));
  const file = (path: string) => files.get(path) ?? null;
  const candidates = found.map((one) => ({ ...one, file: one.path === null ? null : file(one.path) }));
  return {
    candidatesOf: (uuid) => candidates.filter((one) => one.uuid === uuid),
    file,
    basesOf: ({ path }) => scan.images.find((image) => image.file === path)?.backing ?? [],
    undefineOptions: await node.ask(undefineOptionsQuery, ask),
    evidenceFor: (uuid) => ({
      namedBy: (candidate) => namedBy(candidate, { uuid, node: node.name }, everywhere, file),
      backs: (candidate) => backs(candidate, scan, file),
      unknown: whatIsUnknown(scan, everywhere),
      silent,
      unscanned,
    }),
  };
}

function whatIsUnknown({ unread }: ImageScan, everywhere: readonly Neighbour[]): string | null {
  const [image] = unread;
  if (image !== undefined) return `nobody can tell what ${image} is backed by`;
  const unreadable = everywhere.find(({ names }) => names === null);
  return unreadable ? `nobody can tell which disks ${unreadable.node}/${unreadable.name} has` : null;
}

/** Every disk that a guest has now or at its next start, each source once. */
function disksOf(details: readonly DomainDetails[]): readonly Disk[] {
  const bySource = new Map<string, Disk>();
  for (const { disks } of details)
    for (const disk of disks)
      if (disk.source !== null) {
        const key = `${disk.type} ${disk.source}`;
        const known = bySource.get(key);
        // of two descriptions of one disk the more careful one counts
        bySource.set(key, known ? careful(known, disk) : disk);
      }
  return [...bySource.values()];
}

function careful(a: Disk, b: Disk): Disk {
  return {
    ...a,
    device: a.device === "disk" ? b.device : a.device,
    readonly: a.readonly || b.readonly,
    shareable: a.shareable || b.shareable,
  };
}

function volumeQuestion(disk: Disk): VolumeQuestion {
  if (disk.volume) return disk.volume;
  return { path: disk.source ?? "" };
}

function imagesOf(definitions: readonly string[]) {
  const images = definitions.flatMap((xml) => {
    try {
      return parseDomain(xml).disks;
    } catch (error) {
      // whatIsUnknown says so
      if (error instanceof UnexpectedOutput) return [];
      throw error;
    }
  });
  return images.flatMap(({ type, source, format }) =>
    (type === "file" || type === "block") && source?.startsWith("/") ? [{ path: source, format: format ?? "raw" }] : [],
  );
}

/** Disks that every guest who has them writes as they are. */
function rawOnly(images: readonly { readonly path: string; readonly format: string }[]): readonly string[] {
  const formatted = new Set(images.filter(({ format }) => format !== "raw").map(({ path }) => path));
  return [...new Set(images.map(({ path }) => path))].filter((path) => !formatted.has(path) && !path.includes("\n"));
}

function namedBy(
  { path, volume, file }: DiskCandidate,
  self: { readonly uuid: string; readonly node: string },
  everywhere: readonly Neighbour[],
  fileAt: (path: string) => FileFacts | null,
): string | undefined {
  const key = volume && volumeKey(volume.kind.name, volume.name);
  const isSame = (node: string) => (other: string) =>
    other === path || (node === self.node && file !== null && fileAt(other)?.target === file.target);
  const other = everywhere.find(
    ({ node, uuid, names }) =>
      !(node === self.node && uuid === self.uuid) &&
      names !== null &&
      (names.paths.some(isSame(node)) || (key !== null && names.volumes.includes(key))),
  );
  return other && `${other.node}/${other.name}`;
}

function backs(
  { path, file }: DiskCandidate,
  scan: ImageScan,
  fileAt: (path: string) => FileFacts | null,
): string | undefined {
  const isIt = (other: string) => other === path || (file !== null && fileAt(other)?.target === file.target);
  return scan.images.find(
    (image) =>
      !isIt(image.file) &&
      // a description of a driver (`json:...`) may name it anywhere
      image.backing.some((other) => isIt(other) || (path !== null && !other.startsWith("/") && other.includes(path))),
  )?.file;
}
