import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes } from "../../errors.ts";
import type { BuildHost } from "../../libvirt/build-host.ts";
import type { Query } from "../../libvirt/query.ts";
import { askOne } from "../ask-one.ts";
import { refused, type Wish } from "../build-refusals.ts";
import { type ChosenNode, chooseNodes, wishesOf } from "../choose-nodes.ts";
import { chosenVariables } from "../chosen-variables.ts";
import { guestPlace } from "../guest-place.ts";
import { lookAtHost } from "../look-at-host.ts";
import { findCandidates } from "../place.ts";
import { demandOf, networkOf, refuseNames, withoutNetwork } from "./clone-demand.ts";
import type { CloneDisk, ClonePlan, CloneTarget, DiskFormat } from "./clone-plan.ts";
import { type FoundImage, findImage } from "./find-image.ts";
import { missingNodes } from "./nodes-without-image.ts";
import { notesOfFiles, refuseNetworkVariables, refuseWrittenFiles } from "./refuse-written-files.ts";
import { lookAtSource, type Source, type SourceDisk } from "./source.ts";

export interface CloneRequest {
  /** The image, or any other guest that is shut off: its name, UUID, NODE/GUEST. */
  readonly image: string;
  /** `HOSTNAME` or `NODE/HOSTNAME`. */
  readonly guests: readonly string[];
  /** Nodes and @groups to choose from; none: those that have the image. */
  readonly nodes?: readonly string[] | undefined;
  /** Overlays of the source's disks instead of copies. */
  readonly linked: boolean;
  /** Of the copies; default: as the source's. */
  readonly format?: DiskFormat | undefined;
  readonly start: boolean;
  /** Give it a name, an id, keys and network settings of its own. */
  readonly identity: boolean;
  /** Go on while a node that failed may have a guest of the name. */
  readonly force: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A plan, and what applying it needs besides; the definitions have secrets. */
export interface PreparedClone {
  readonly plan: ClonePlan;
  /** By target, in the plan's order. */
  readonly places: readonly {
    readonly source: Source;
    readonly host: BuildHost;
    /** Of the pool. */
    readonly directory: string;
  }[];
}

/**
 * Chooses for each guest one of the nodes that have the image, and looks whether it can be cloned there; changes nothing.
 * Throws UserError: exit 2 for names, 4 for guests and nodes that there are not, 5 where no node answers, 6 for whatever
 * stands against it.
 */
export async function prepareClone(cluster: Cluster, request: CloneRequest): Promise<PreparedClone> {
  const { signal } = request;
  const wishes = wishesOf(cluster, request.guests);
  const image = await findImage(cluster, request.image, signal);
  const sources = await lookAtSources(cluster, image, wishes, request);
  const [first] = sources;
  if (!first) throw new Error("lookAtSources finds one or throws");
  const demand = demandOf(first, request.linked);
  const network = networkOf(first);
  const found = await findCandidates(cluster, { network: network ?? undefined, patient: true, signal });
  refuseNames(cluster, wishes, found, request.force);
  const able = network === null ? withoutNetwork(found) : found;
  const chosen = chooseNodes(
    wishes,
    able,
    demand,
    sources.map(({ guest }) => guest.node.name),
  );
  const prepared = await Promise.all(chosen.map((choice) => prepareOne(cluster, choice, sources, request)));
  return {
    plan: { image: request.image, targets: prepared.map(({ target }) => target), nodes: found.nodes },
    places: prepared,
  };
}

/** The image on every node that may take a clone. */
async function lookAtSources(
  cluster: Cluster,
  { holders }: FoundImage,
  wishes: readonly Wish[],
  { image, nodes = [], signal }: CloneRequest,
): Promise<readonly Source[]> {
  const held = holders.map(({ node }) => node.name);
  const [missing] = missingNodes(cluster, held, wishes, nodes);
  const [holder] = holders;
  if (missing !== undefined && holder)
    throw refused(
      `${missing} does not have ${image}, which is on ${held.join(", ")}`,
      `mclu image copy ${guestPlace(holder)} ${missing}, and clone it there`,
    );
  const allowed = new Set(cluster.select(nodes).map(({ name }) => name));
  const wished = wishes.flatMap(({ node }) => node ?? []);
  const wanted = holders.filter(({ node }) => allowed.has(node.name) || wished.includes(node.name));
  return Promise.all(wanted.map((guest) => askOne(cluster, guest.node, () => lookAtSource(guest, signal), signal)));
}

const noMore: Query<null> = { steps: [], parse: () => null };

async function prepareOne(
  cluster: Cluster,
  { name, candidate, fits }: ChosenNode,
  sources: readonly Source[],
  request: CloneRequest,
) {
  const { node, pool, facts } = candidate;
  const source = sources.find(({ guest }) => guest.node.name === node);
  const directory = facts.pool?.path;
  if (!source || !directory) throw new Error("a node without the image or a pool does not fit");
  refuseNetworkVariables(source);
  refuseWrittenFiles(source);
  if (request.linked && source.autostart) throw refuseAutostarted(guestPlace(source.guest));
  const disks = source.disks.map((disk, index) => cloneDisk(disk, index, `${directory}/${name}`, request));
  const nvram = source.nvram === null ? null : { source: source.nvram, path: ownNvram(source.nvram, name) };
  // where libvirt chooses the file it would give the clone that of another guest which had its name
  const chosen = chosenVariables({ node: source.guest.node, name }, source.xml);
  const variables = nvram?.path ?? chosen;
  const files = [...disks.map(({ path }) => path), ...(variables === null ? [] : [variables])];
  const tools = request.identity && disks.length > 0 ? ["virt-sysprep"] : [];
  const [host] = await lookAtHost(cluster, node, { directory, files }, tools, noMore, request.signal);
  const emulated = facts.capabilities?.type !== "kvm";
  const { memory, vcpus } = demandOf(source, request.linked);
  const target: CloneTarget = {
    node,
    name,
    image: { name: source.guest.name, uuid: source.guest.uuid },
    memory,
    vcpus,
    pool,
    disks,
    nvram,
    identity: request.identity && disks.length > 0,
    start: request.start,
    fits: request.guests.includes(`${node}/${name}`) ? [] : fits,
    notes: [
      ...source.notes,
      ...notesOfFiles(source),
      ...(emulated ? [`${node} has no KVM: cloning and running it will be many times slower`] : []),
    ],
  };
  return { target, source, host, directory };
}

function refuseAutostarted(place: string) {
  return refused(
    `${place} starts with its node, and would then change the disks that linked clones are based on`,
    `mclu autostart --off ${place}`,
  );
}

function cloneDisk(
  { target, path: source, format: sourceFormat, size }: SourceDisk,
  index: number,
  stem: string,
  { linked, format }: CloneRequest,
): CloneDisk {
  const kept = sourceFormat === "raw" ? "raw" : "qcow2";
  const own = linked ? "qcow2" : (format ?? kept);
  const path = `${stem}${index === 0 ? "" : `-${target}`}.${own === "raw" ? "img" : own}`;
  return { target, source, sourceFormat, path, format: own, size, linked };
}

/** Beside the source's, under libvirt's own kind of name. */
export function ownNvram(source: string, name: string): string {
  const extension = /\.(?:fd|qcow2)$/.exec(source)?.[0] ?? ".fd";
  return `${source.slice(0, source.lastIndexOf("/"))}/${name}_VARS${extension}`;
}

/** Throws UserError (exit 2) for what excludes each other. */
export function checkCloneFlags({ linked, format }: Pick<CloneRequest, "linked" | "format">): void {
  if (!linked || format === undefined || format === "qcow2") return;
  throw refused(
    "a linked clone is qcow2: nothing else can be an overlay",
    "leave --format out, or --linked",
    exitCodes.usage,
  );
}
