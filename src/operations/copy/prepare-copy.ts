import type { Cluster } from "../../cluster/cluster.ts";
import type { BuildHost } from "../../libvirt/build-host.ts";
import { deviceSizesQuery } from "../../libvirt/device-sizes-query.ts";
import { filesQuery } from "../../libvirt/files-query.ts";
import { isImage } from "../../libvirt/image-mark.ts";
import type { Query } from "../../libvirt/query.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { askOne } from "../ask-one.ts";
import { refused } from "../build-refusals.ts";
import { findImage } from "../clone/find-image.ts";
import { refuseNetworkVariables } from "../clone/refuse-written-files.ts";
import { lookAtSource, type Source } from "../clone/source.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace, placeOf } from "../guest-place.ts";
import { lookAtHost } from "../look-at-host.ts";
import { findCandidates } from "../place.ts";
import { judge } from "../placement.ts";
import { silentNode } from "../silent-node.ts";
import { begunCopy } from "./begun-copy.ts";
import { definitionOfCopy } from "./copy-job.ts";
import type { CopyFile, CopyPlan } from "./copy-plan.ts";
import { nvramPlace } from "./nvram-place.ts";
import { refuseForeign } from "./refuse-foreign.ts";
import { refuseForeignFiles } from "./refuse-foreign-files.ts";
import type { Way } from "./transfer-shell.ts";
import { wayTo } from "./way-to.ts";

export interface CopyRequest {
  /** The image: its name, UUID, NODE/GUEST. */
  readonly image: string;
  /** Where it goes. */
  readonly node: string;
  readonly signal?: AbortSignal | undefined;
}

/** A plan, and what applying it needs besides; the definition has secrets. */
export interface PreparedCopy {
  readonly plan: CopyPlan;
  readonly source: Source;
  readonly host: BuildHost;
  readonly directory: string;
  readonly way: Way;
  /** Of the guest that a copy makes which is gone on with; null: of none, or not known. */
  readonly resumedUuid: string | null;
}

/**
 * Looks whether an image can be copied to a node; changes nothing. Throws UserError: exit 4 for guests and nodes that there
 * are not, 5 where a node does not answer, 6 for whatever stands against it.
 */
export async function prepareCopy(cluster: Cluster, request: CopyRequest): Promise<PreparedCopy> {
  const { signal } = request;
  const target = cluster.node(request.node);
  const { holders, nodes } = await findImage(cluster, request.image, signal);
  const guest = sourceOf(holders, target);
  const source = await askOne(cluster, guest.node, () => lookAtSource(guest, signal), signal);
  refuseLinked(source);
  refuseForeign(source);
  refuseNetworkVariables(source);
  const { name } = guest;
  const found = await findCandidates(cluster, { nodes: [target.name], signal });
  const [candidate] = found.candidates;
  if (!candidate) throw silentNode(target.name, found.nodes);
  if (found.guests.some((other) => other.name === name))
    throw refused(
      `there is a guest ${target.name}/${name} already`,
      `mclu info ${placeOf({ node: target.name, name })}`,
    );
  const directory = candidate.facts.pool?.path;
  const stem = `${directory}/${name}-${target.name}`;
  const files = await askOne(cluster, guest.node, () => filesOf(source, stem, signal), signal);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const able = { ...candidate, weight: 1, facts: { ...candidate.facts, networkActive: true } };
  const firmware = source.details.firmware === "efi" ? "uefi" : "bios";
  const [fit] = judge([able], { memory: 0, vcpus: 1, size, firmware, graphics: "none" });
  if (!directory || !fit || fit.obstacles.length > 0)
    throw refused(`${target.name} cannot take ${name}`, fit?.obstacles.join("\n") ?? "");
  const built = { source: { kind: "image", name }, builder: "", date: "" } as const;
  const xml = definitionOfCopy({ name, uuid: guest.uuid, plan: { files }, source, built });
  const own = files.map(({ path }) => path);
  const { loaders = [] } = candidate.facts.capabilities ?? {};
  await askOne(
    cluster,
    target,
    () => refuseForeignFiles(guest, { node: target, loaders }, { xml, own }, signal),
    signal,
  );
  const image = { node: guest.node.name, name, uuid: guest.uuid };
  const begun = await askOne(cluster, target, () => begunCopy(target, image, xml, signal), signal);
  const paths = begun ? [] : files.map(({ path }) => path);
  const [host] = await lookAtHost(cluster, target.name, { directory, files: paths }, ["gzip", "dd"], noMore, signal);
  const sources = files.map((file) => file.source);
  const way = await wayTo(cluster, { source: guest.node, target, files: sources }, signal);
  return {
    plan: {
      image,
      node: target.name,
      pool: candidate.pool,
      ...{ files, size, nodes },
      direct: way.kind === "direct" ? (way.destination.at(-1) ?? null) : null,
      resumes: begun?.id ?? null,
      notes: source.notes,
    },
    ...{ source, host, directory, way, resumedUuid: begun?.uuid ?? null },
  };
}

/** Where it comes from: the first node that has it. */
function sourceOf(holders: readonly FoundGuest[], target: Node): FoundGuest {
  const there = holders.find(({ node }) => node === target);
  if (there) throw refused(`${target.name} has ${there.name} already`, `mclu info ${guestPlace(there)}`);
  const [guest] = holders;
  if (!guest) throw new Error("findImage finds one or throws");
  return guest;
}

/** A name on two nodes is an image's alone, and a chain of files stays where it is. */
function refuseLinked({ guest, details, disks }: Source): void {
  const place = guestPlace(guest);
  if (!isImage(guest.name, details.metadata))
    throw refused(`${place} is not an image: two guests of one name would be in the way`, `mclu image mark ${place}`);
  const linked = disks.find(({ backing }) => backing.length > 0);
  if (linked)
    throw refused(
      `${linked.target} of ${place} is based on ${linked.backing[0]}, which is not on the other node`,
      `mclu clone ${place} ${quote(`${guest.name}2`)} --as-is --no-start, and copy that`,
    );
}

/**
 * Under names that have the node's in them: a path that guests of two nodes name may be one file on shared storage, which
 * `delete` would keep.
 */
async function filesOf(source: Source, stem: string, signal: AbortSignal | undefined): Promise<CopyFile[]> {
  const { guest, disks, nvram } = source;
  const { node } = guest;
  const all = [
    ...disks.map(({ target, path, format }, index) => ({
      what: target,
      source: path,
      path: `${stem}${index === 0 ? "" : `-${target}`}.${format === "raw" ? "img" : format}`,
    })),
    ...(nvram === null ? [] : [{ what: "nvram", source: nvram, path: nvramPlace(nvram, stem) }]),
  ];
  const ask = { signal, patient: true };
  const facts = await node.ask(filesQuery(all.map((file) => file.source)), ask);
  // as a logical volume's name leads to one
  const devices = all.filter((_, index) => facts[index]?.leadsTo === "block special file");
  const lengths = await node.ask(deviceSizesQuery(devices.map(({ source: path }) => path)), ask);
  return all.map((file, index) => {
    if (!devices.includes(file)) return { ...file, size: facts[index]?.size ?? 0 };
    // the guest's disk may be longer than its device, or shorter than the image there with all that describes it
    const size = lengths[devices.indexOf(file)] ?? null;
    if (size === null)
      throw refused(
        `how long the device ${file.source} of ${guestPlace(guest)} is cannot be told, and it is copied whole`,
        `mclu exec ${quote(node.name)} -- lsblk -b ${quote(file.source)}`,
      );
    return { ...file, size };
  });
}

const noMore: Query<null> = { steps: [], parse: () => null };
