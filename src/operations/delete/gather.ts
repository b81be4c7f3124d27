import type { Cluster } from "../../cluster/cluster.ts";
import type { NodeOutcome } from "../../cluster/fan-out.ts";
import { undefineOptionsQuery } from "../../libvirt/definitions-query.ts";
import type { FileFacts } from "../../libvirt/files-query.ts";
import { networkMountsQuery } from "../../libvirt/mounts-query.ts";
import { cannotTell } from "../overlays.ts";
import type { UntoldPlace } from "../scan-images.ts";
import { type DeleteTarget, findDisks, type OwnDisk } from "./candidates.ts";
import { type DiskCandidate, type Evidence, isOnNetwork } from "./fate.ts";
import { type NodeImages, readImages } from "./images.ts";
import type { Neighbour } from "./neighbours.ts";
import { isInSnapshot, namedBy, overlayNames, overlayPath, overlaysOn, usersOf } from "./same-file.ts";

/** What a node says of the disks of guests that are to be deleted, and the other nodes with it. */
export interface NodeEvidence {
  readonly candidatesOf: (uuid: string) => readonly DiskCandidate[];
  readonly file: (path: string) => FileFacts | null;
  readonly evidenceFor: (uuid: string) => Evidence;
  /** Whether a snapshot of the guest has a part in a disk of it. */
  readonly isInSnapshot: (uuid: string, candidate: DiskCandidate) => boolean;
  /** What a disk is an overlay of, nearest first. */
  readonly basesOf: (candidate: DiskCandidate) => readonly string[];
  /** What is based on a disk: other guests as NODE/GUEST, images that none of them names by their path. */
  readonly overlaysOf: (uuid: string, candidate: DiskCandidate) => readonly string[];
  /** Other guests who name the very file, as NODE/GUEST. */
  readonly usersOf: (uuid: string, candidate: DiskCandidate) => readonly string[];
  /** Where there may be others that neither the login nor libvirt tells of. */
  readonly untold: readonly UntoldPlace[];
  /** Files that hold the content of a disk whose own file does not. */
  readonly dataOf: (candidate: DiskCandidate) => readonly string[];
  /** Where an image that is based on one of them would be. */
  readonly places: readonly string[];
  /** Files that guests write as they are: based on nothing, however they begin. */
  readonly raw: readonly string[];
  readonly undefineOptions: ReadonlySet<string>;
}

interface NodeDisks {
  readonly disks: readonly OwnDisk[];
  readonly undefineOptions: ReadonlySet<string>;
}

/**
 * Asks nodes about the disks of their guests that are to be deleted, and every node that answers about what may depend on
 * one of them. A node that fails meanwhile has no entry.
 * @param targets guests that are to be deleted, by node
 * @param neighbours all domains of every node
 */
export async function gatherEvidence(
  cluster: Cluster,
  targets: ReadonlyMap<string, readonly DeleteTarget[]>,
  neighbours: readonly NodeOutcome<readonly Neighbour[]>[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, NodeEvidence>> {
  const guestsOf = valuesOf(neighbours);
  const answering = cluster.nodes.filter(({ name }) => guestsOf.has(name));
  const own = valuesOf(
    await cluster.ask(
      answering.filter(({ name }) => targets.has(name)),
      async (node): Promise<NodeDisks> => ({
        disks: await findDisks(node, targets.get(node.name) ?? [], signal),
        undefineOptions: await node.ask(undefineOptionsQuery, { signal, patient: true }),
      }),
      { signal },
    ),
  );
  const shared = [...own.values()].some(({ disks }) => disks.some(isOnNetwork));
  const reading = await cluster.ask(
    answering,
    async (node) => {
      const paths = own.get(node.name)?.disks.flatMap(({ path }) => (path?.startsWith("/") ? [path] : []));
      // what is local there and local here cannot be the same
      const matters = paths !== undefined || shared || (await node.ask(networkMountsQuery, { signal, patient: true }));
      return matters ? readImages(node, guestsOf.get(node.name) ?? [], paths ?? [], signal) : null;
    },
    { signal },
  );
  const images = new Map([...valuesOf(reading)].flatMap(([name, read]) => (read ? [[name, read] as const] : [])));
  const elsewhere = whatIsUnknownElsewhere(neighbours, reading);
  return new Map(
    [...own].flatMap(([name, disks]) => {
      const here = images.get(name);
      return here ? [[name, evidenceOf(here, disks, [...guestsOf.values()].flat(), images, elsewhere)] as const] : [];
    }),
  );
}

function evidenceOf(
  { node, places, raw, scan, file }: NodeImages,
  { disks, undefineOptions }: NodeDisks,
  everywhere: readonly Neighbour[],
  images: ReadonlyMap<string, NodeImages>,
  elsewhere: (node: string) => string | null,
): NodeEvidence {
  const unknown = whatIsUnknownHere(scan.unread, everywhere);
  const imageOf = ({ path }: DiskCandidate) => scan.images.find((image) => image.file === path);
  return {
    candidatesOf: (uuid) => disks.filter((one) => one.uuid === uuid),
    file,
    places,
    raw,
    isInSnapshot: (uuid, candidate) => isInSnapshot(candidate, { node, uuid }, everywhere, images),
    basesOf: (candidate) => imageOf(candidate)?.backing ?? [],
    overlaysOf: (uuid, candidate) =>
      overlayNames(overlaysOn(candidate, { node, uuid }, images), { node, uuid }, everywhere, images),
    untold: scan.untold,
    usersOf: (uuid, candidate) => usersOf(candidate, { node, uuid }, everywhere, images),
    dataOf: (candidate) => imageOf(candidate)?.data ?? [],
    undefineOptions,
    evidenceFor: (uuid) => ({
      namedBy: (candidate) => namedBy(candidate, { node, uuid }, everywhere, images),
      backs: (candidate) => {
        const [first] = overlaysOn(candidate, { node, uuid }, images);
        return first && overlayPath(first, { node, uuid });
      },
      unknown,
      elsewhere: elsewhere(node),
    }),
  };
}

function whatIsUnknownHere([image]: readonly string[], everywhere: readonly Neighbour[]): string | null {
  if (image !== undefined) return cannotTell(image);
  const unreadable = everywhere.find(({ names }) => names === null);
  return unreadable ? `nobody can tell which disks ${unreadable.node}/${unreadable.name} has` : null;
}

/** Why what is shared with other nodes cannot be judged on a node. */
function whatIsUnknownElsewhere(
  neighbours: readonly NodeOutcome<unknown>[],
  reading: readonly NodeOutcome<NodeImages | null>[],
): (node: string) => string | null {
  const namesOfSilent = (outcomes: readonly NodeOutcome<unknown>[]) =>
    outcomes.flatMap(({ node, state }) => (state === "on" ? [] : [node]));
  const silent = [...namesOfSilent(neighbours), ...namesOfSilent(reading)];
  const unread = [...valuesOf(reading).values()].flatMap((read) =>
    read ? read.scan.unread.map((path) => ({ node: read.node, path })) : [],
  );
  return (here) => {
    if (silent.length > 0) return `these nodes did not answer: ${silent.join(", ")}`;
    const image = unread.find(({ node }) => node !== here);
    return image ? cannotTell(`${image.node}:${image.path}`) : null;
  };
}

function valuesOf<T>(outcomes: readonly NodeOutcome<T>[]): ReadonlyMap<string, T> {
  return new Map(outcomes.flatMap((one) => (one.state === "on" ? [[one.node, one.value] as const] : [])));
}
