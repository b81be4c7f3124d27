import { posix } from "node:path";
import { element, writeXml, type XmlNode } from "../../libvirt/xml-writer.ts";
import type { JobFile } from "../../node/jobs/job-script.ts";
import type { CarriedFile } from "./carried-files.ts";
import type { MoveJob } from "./move-job.ts";
import type { MoveDisk } from "./move-plan.ts";
import type { CopiedVolume } from "./move-shell.ts";
import { type OpenPlace, openPlaces, permissions } from "./places-shell.ts";

type Copies = Pick<MoveJob, "plan" | "carried" | "pools" | "relinks">;

/** What a move copies, each into a volume: disks, and what a guest that is off has besides. */
export interface MoveVolumes {
  readonly disks: readonly CopiedVolume[];
  readonly carried: readonly CopiedVolume[];
  /** Directories that are pools for the while. */
  readonly places: readonly OpenPlace[];
}

/** @param id of the job */
export function volumesOf({ plan, carried, pools, relinks }: Copies, id: string): MoveVolumes {
  const places = openPlaces(id, carried.places, pools);
  const disks = plan.disks.flatMap(({ target, path, pool, way }): CopiedVolume[] =>
    way === "shared" || pool === null
      ? []
      : [{ target, path, pool, volume: posix.basename(path), relink: relinks.get(target) ?? null }],
  );
  const files = carried.files.map(({ label, path }): CopiedVolume => {
    const directory = posix.dirname(path);
    const pool = pools.get(directory) ?? places.find((place) => place.directory === directory)?.pool ?? "";
    return { target: label, path, pool, volume: posix.basename(path), relink: null };
  });
  return { disks, carried: files, places };
}

/** The definitions of those volumes, in their order. */
export function volumeFiles(job: Pick<MoveJob, "plan" | "carried" | "fileSizes">): readonly JobFile[] {
  const { plan, carried } = job;
  const disks = plan.disks.filter(({ way }) => way === "copied").map((disk) => diskVolume(job, disk));
  return [...disks, ...carried.files.map(fileVolume)].map((volume, index) => ({
    name: `volume-${index}.xml`,
    source: { data: writeXml(volume) },
  }));
}

/** Of the very virtual size, which the copy of a running disk wants; of the file's own, for a file that is copied as it is. */
function diskVolume({ plan, fileSizes }: Pick<MoveJob, "plan" | "fileSizes">, disk: MoveDisk): XmlNode {
  const live = plan.how === "live";
  const format = live ? disk.format : "raw";
  const capacity = live ? disk.size : (fileSizes.get(disk.path) ?? disk.size);
  // libvirt's own choice is a version that knows no holes
  const more = format === "qcow2" ? element("compat", {}, "1.1") : undefined;
  return volume(disk.path, capacity, element("target", {}, element("format", { type: format }), more));
}

function fileVolume({ path, size, rights }: CarriedFile): XmlNode {
  return volume(path, size, element("target", {}, element("format", { type: "raw" }), permissions(rights)));
}

function volume(path: string, capacity: number, target: XmlNode): XmlNode {
  return element(
    "volume",
    {},
    element("name", {}, posix.basename(path)),
    element("capacity", { unit: "bytes" }, String(capacity)),
    element("allocation", {}, "0"),
    target,
  );
}
