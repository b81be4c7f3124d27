import { lstat, stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes } from "../../errors.ts";
import type { BuildHost } from "../../libvirt/build-host.ts";
import { askOne } from "../ask-one.ts";
import { refused } from "../build-refusals.ts";
import type { DiskFormat } from "../clone/clone-plan.ts";
import { findImage } from "../clone/find-image.ts";
import { lookAtSource } from "../clone/source.ts";
import { guestPlace } from "../guest-place.ts";
import { lookAtHost } from "../look-at-host.ts";
import { findCandidates } from "../place.ts";
import { judge } from "../placement.ts";
import { silentNode } from "../silent-node.ts";
import type { ExportPlan } from "./export-plan.ts";

export interface ExportRequest {
  /** The image, or any other guest that is shut off. */
  readonly image: string;
  readonly format: DiskFormat;
  /** Where it goes, on this machine. */
  readonly file: string;
  /** What `file` is relative to. */
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
}

export interface PreparedExport {
  readonly plan: ExportPlan;
  readonly host: BuildHost;
  readonly directory: string;
}

/**
 * Looks whether an image can be exported; changes nothing. Throws UserError: exit 4 for a guest that there is not, 5
 * where its node does not answer, 6 for whatever stands against it, such as a file that is there already.
 */
export async function prepareExport(cluster: Cluster, request: ExportRequest): Promise<PreparedExport> {
  const { signal, format } = request;
  const file = resolve(request.cwd, request.file);
  const { holders, nodes } = await findImage(cluster, request.image, signal);
  const [guest] = holders;
  if (!guest) throw new Error("findImage finds one or throws");
  const { disks } = await askOne(cluster, guest.node, () => lookAtSource(guest, signal), signal);
  if (disks.length === 0)
    throw refused(`${guestPlace(guest)} has no disk of its own`, `mclu info ${guestPlace(guest)}`);
  const files = disks.map(({ target, path, format: sourceFormat, size }, index) => ({
    ...{ what: target, source: path, sourceFormat, size },
    file: index === 0 ? file : besides(file, target),
  }));
  for (const one of files) await refuseLocal(one.file);
  const { node, name, uuid } = guest;
  const found = await findCandidates(cluster, { nodes: [node.name], signal });
  const [candidate] = found.candidates;
  if (!candidate) throw silentNode(node.name, found.nodes);
  const directory = candidate.facts.pool?.path;
  const able = { ...candidate, weight: 1, facts: { ...candidate.facts, networkActive: true } };
  const size = files.reduce((sum, one) => sum + one.size, 0);
  const [fit] = judge([able], { memory: 0, vcpus: 1, size, firmware: "bios", graphics: "none" });
  if (!directory || !fit || fit.obstacles.length > 0)
    throw refused(`${node.name} has no room to convert ${name}`, fit?.obstacles.join("\n") ?? "");
  const none = { steps: [], parse: () => null };
  const [host] = await lookAtHost(cluster, node.name, { directory, files: [] }, ["gzip"], none, signal);
  const image = { node: node.name, name, uuid };
  return { plan: { image, format, pool: candidate.pool, files, nodes }, host, directory };
}

/** `web.vmdk` and vdb are `web-vdb.vmdk`. */
function besides(file: string, target: string): string {
  const extension = extname(file);
  return `${file.slice(0, file.length - extension.length)}-${target}${extension}`;
}

async function refuseLocal(file: string): Promise<void> {
  // also a link that leads nowhere
  const isTaken = await lstat(file).then(
    () => true,
    () => false,
  );
  if (isTaken) throw refused(`${file} is there already`, "another name, or remove it");
  const directory = dirname(file);
  const isDirectory = await stat(directory).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (!isDirectory)
    throw refused(`there is no directory ${directory} on this machine`, `mkdir -p ${directory}`, exitCodes.usage);
}
