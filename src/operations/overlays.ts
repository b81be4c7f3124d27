import { posix } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import { filesQuery } from "../libvirt/files-query.ts";
import type { ImageScan } from "../libvirt/image-chains.ts";
import type { AskOptions, Node } from "../node/node.ts";
import { quote } from "../node/shell.ts";
import { fileVolumes } from "./delete/fate.ts";
import type { FoundGuest } from "./find-guest.ts";
import { isKept } from "./move/keep-shell.ts";
import { type NamedDisk, namedDisksOf } from "./named-disks.ts";
import { type Decision, refusal } from "./plan.ts";
import { scanImages, type UntoldPlace } from "./scan-images.ts";

/** Seconds that reading the images of a node may take. */
const scanSeconds = 60;

/** What is based on the disks of a guest and is spoilt when those change. */
export interface Overlays {
  /** Linked clones as NODE/GUEST, other images by their path. */
  readonly names: readonly string[];
  /** Why nobody can tell whether there are others: a place that neither this login nor libvirt tells of, or a failed look. */
  readonly untold: Untold | null;
}

/** Why nobody can tell something of images. */
export interface Untold {
  /** A sentence. */
  readonly why: string;
  /** What to type about that; null: nothing helps that is known. */
  readonly remedy: string | null;
}

const none: Overlays = { names: [], untold: null };

/**
 * What is based on the disks of guests, read from the images of all active pools of the guests' nodes, and of all
 * directories that guests there have disks in; libvirt is asked about what the login cannot see. Of a node whose images
 * could not be read nobody can tell: the look may take too long where the change would not.
 */
export async function findOverlays(
  cluster: Cluster,
  guests: readonly Pick<FoundGuest, "node" | "uuid">[],
  signal: AbortSignal | undefined,
): Promise<(guest: Pick<FoundGuest, "node" | "uuid">) => Overlays> {
  const nodes = cluster.nodes.filter((node) => guests.some((guest) => guest.node === node));
  const outcomes = await cluster.ask(nodes, (node) => overlaysOf(node, { signal, patient: true }), { signal });
  return ({ node, uuid }) => {
    const outcome = outcomes.find((one) => one.node === node.name);
    if (outcome === undefined) return none;
    if (outcome.state === "on") return outcome.value(uuid);
    const remedy = outcome.state === "failed" ? outcome.hint : `mclu status ${quote(node.name)}`;
    return { names: [], untold: { why: `the images of ${node.name} could not be read: ${outcome.detail}`, remedy } };
  };
}

/** For what would change the disks of a guest that others are based on. */
export function refuseBase(node: Pick<Node, "name">, overlays: readonly string[]): Decision {
  return refusal(
    `others are based on its disks, which must not change: ${overlays.join(", ")}`,
    looseBase(node, overlays),
  );
}

/** A hint: what takes the last overlay from a base. */
export function looseBase({ name }: Pick<Node, "name">, overlays: readonly string[]): string {
  const clones = "delete them first, or give each disks of its own: mclu clone CLONE NEWNAME";
  if (!overlays.some(isKept)) return clones;
  const gc = `mclu gc ${quote(name)} removes what moved guests have left`;
  return overlays.every(isKept) ? gc : `${gc}; ${clones}`;
}

/** Of a place of which nobody tells: a login that sees too little can see more; what is not understood has to be looked at. */
export function untoldAt({ name, settings }: Pick<Node, "name" | "settings">, { path, isHidden }: UntoldPlace): Untold {
  const more = settings.become === "none" ? `set become = sudo in [node.${name}]` : null;
  const look = `mclu exec ${quote(name)} -- qemu-img info -U ${quote(path)}`;
  return { why: cannotTell(path), remedy: isHidden ? more : look };
}

/** A hint: what to do about the cause, before another way out. */
export function orElse({ remedy }: Untold, otherwise: string): string {
  return remedy === null ? otherwise : `${remedy}, or ${otherwise}`;
}

/** Of a place, a file or a directory, in which there may be images that neither this login nor libvirt can read. */
export function cannotTell(place: string): string {
  return `nobody can tell what ${place} is based on, or has in it`;
}

/** For a guest that was made a base, where nobody can tell what is based on its disks. */
export function refuseUntold(untold: Untold, otherwise: string): Decision {
  return refusal(
    `linked clones may be based on its disks, which must not change: ${untold.why}`,
    orElse(untold, `where surely none are: ${otherwise}`),
  );
}

async function overlaysOf(node: Node, ask: AskOptions): Promise<(uuid: string) => Overlays> {
  const { disks, pools } = await namedDisksOf(node, ask);
  const directories = pools.flatMap(({ type, directory }) => (fileVolumes.has(type) && directory ? [directory] : []));
  const elsewhere = disks.map(({ path }) => posix.dirname(path)).filter((path) => !path.startsWith("/dev"));
  const places = [...new Set([...directories, ...elsewhere])];
  const formatted = new Set(disks.filter(({ format }) => format !== "raw").map(({ path }) => path));
  const raw = disks.map(({ path }) => path).filter((path) => !formatted.has(path) && !path.includes("\n"));
  const named = disks.map(({ path }) => path);
  const scan = await scanImages(node, places, { ...ask, raw, named, pools, seconds: scanSeconds });
  const based = scan.images.filter(({ backing, data }) => backing.length + data.length > 0);
  const pathsOf = (uuid: string) => disks.filter((disk) => disk.uuid === uuid).map(({ path }) => path);
  const untoldTo = (uuid: string) => {
    const place = scan.untold.find(({ path }) => !pathsOf(uuid).includes(path));
    return place === undefined ? null : untoldAt(node, place);
  };
  if (based.length === 0) return (uuid) => ({ ...none, untold: untoldTo(uuid) });
  const identityOf = await identities(node, disks, based, ask);
  return (uuid) => {
    const own = pathsOf(uuid).map(identityOf);
    const spoilt = based.filter(
      ({ file, backing, data }) =>
        !own.includes(identityOf(file)) && [...backing, ...data].some((path) => own.includes(identityOf(path))),
    );
    const names = spoilt.map(({ file }) => {
      const guest = disks.find(({ path }) => identityOf(path) === identityOf(file));
      return guest ? `${node.name}/${guest.name}` : file;
    });
    return { names: [...new Set(names)], untold: untoldTo(uuid) };
  };
}

/** What tells files apart, whatever they are called: device and inode, or the name where nothing is there. */
async function identities(
  node: Node,
  disks: readonly NamedDisk[],
  images: ImageScan["images"],
  ask: AskOptions,
): Promise<(path: string) => string> {
  const all = [
    ...disks.map(({ path }) => path),
    ...images.flatMap(({ file, backing, data }) => [file, ...backing, ...data]),
  ];
  const paths = [...new Set(all)].filter((path) => path.startsWith("/"));
  const facts = await node.ask(filesQuery(paths), { ...ask, seconds: scanSeconds });
  const known = new Map(paths.map((path, index) => [path, facts[index]?.target ?? path]));
  return (path) => known.get(path) ?? path;
}
