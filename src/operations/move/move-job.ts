import { posix } from "node:path";
import { element, writeXml } from "../../libvirt/xml-writer.ts";
import type { JobFile, JobSpec, Stage } from "../../node/jobs/job-script.ts";
import { commandLine, quote } from "../../node/shell.ts";
import type { Firmware } from "./firmware-shell.ts";
import type { MoveDisk, MovePlan } from "./move-plan.ts";
import {
  type CopiedDisk,
  forgetControl,
  type KeptFile,
  keepStage,
  keptName,
  type MoveSubject,
  movedCheck,
  moveFunctions,
  undoMove,
} from "./move-shell.ts";
import { checkStage, fillStage, migrateStage, volumesStage } from "./move-stages.ts";
import { relayedUri } from "./relay-control.ts";

/** What the job of a move needs besides its plan. */
export interface MoveJob {
  readonly id: string;
  readonly plan: MovePlan;
  /** libvirt's URI of the target, as the source calls it. */
  readonly control: string;
  /** libvirt's URI on the source. */
  readonly uri: string;
  /** USER@HOST of whoever started it. */
  readonly client: string;
  /** Key of the reservation that keeps others from moving the guest. */
  readonly reservation: string;
  /** libvirt does not know that the storage is shared; that it is was seen. */
  readonly unsafe: boolean;
  /** Bytes of each copied disk's file, for a guest that is off. */
  readonly fileSizes: ReadonlyMap<string, number>;
  /** What has to be removed from the target where the move fails. */
  readonly firmware: Firmware | undefined;
}

/** The job of a move, on the source: volumes on the target, the migration, other names for the source's files. */
export function moveJobSpec(job: MoveJob): JobSpec {
  const { id, plan, control, uri, client, reservation, firmware } = job;
  const disks = plan.disks.flatMap(copiedDisk);
  const subject: MoveSubject = {
    uuid: plan.guest.uuid,
    here: uri,
    there: control,
    paused: plan.guest.state === "paused",
    ...{ id, firmware, target: plan.node },
    sharedNvram: plan.nvram?.way === "shared",
  };
  const kept = keptFiles(plan);
  const pools = [...new Set(disks.map(({ pool }) => pool))];
  const live = plan.how === "live";
  const forget = forgetControl(id);
  const stages: Stage[] = [
    {
      name: "check",
      script: `LC_ALL=C; export LC_ALL\n${moveFunctions(subject)}${checkStage(plan.how)}`,
    },
    ...(disks.length === 0 ? [] : [{ name: "make volumes", script: volumesStage(disks) }]),
    ...(live || disks.length === 0 ? [] : [{ name: "copy", script: fillStage(disks) }]),
    {
      name: "migrate",
      script: `${migrateStage(migrateCommand(job, disks), pools)}\n${kept.length === 0 ? forget : ""}`,
    },
    ...(kept.length === 0
      ? []
      : [{ name: "keep", script: `${keepStage(kept, id)}\n${refreshScript(disks)}\n${forget}` }]),
  ];
  return {
    kind: "migrate",
    guest: plan.guest.name,
    template: plan.node,
    client,
    stages,
    check: movedCheck(subject),
    rollback: undoMove(subject, kept),
    files: plan.disks.filter(({ way }) => way === "copied").map((disk, index) => volumeFile(job, disk, index)),
    reservation,
  };
}

/** What the job of a move runs, in order; ID stands for the job's own. What it looks at in between is left out. */
export function commandsOfMove({ plan, unsafe }: Pick<MoveJob, "plan" | "unsafe">, uri: string): readonly string[] {
  const control = plan.control ?? relayedUri("ID");
  const disks = plan.disks.flatMap(copiedDisk);
  const volumes = disks.map(({ pool }, index) => ["vol-create", pool, `jobs/ID/files/volume-${index}.xml`]);
  const uploads = disks.map(({ path, pool, volume }) => [
    ...["vol-upload", "--pool", pool, "--vol", volume, "--file", path, "--sparse"],
  ]);
  return [
    ...[...volumes, ...(plan.how === "live" ? [] : uploads)].map((words) => ["virsh", "-q", "-c", control, ...words]),
    migrateCommand({ plan, control, uri, unsafe }, disks),
    ...keptFiles(plan).map(({ path }) => ["mv", "-nT", "--", path, keptName(path, "ID")]),
  ].map(commandLine);
}

/** What the source keeps under other names. */
export function keptFiles({ disks, nvram }: Pick<MovePlan, "disks" | "nvram">): readonly KeptFile[] {
  return [...disks, ...(nvram ? [nvram] : [])].filter(({ way }) => way === "copied");
}

function copiedDisk({ target, path, pool, way }: MoveDisk): CopiedDisk[] {
  return way === "shared" || pool === null ? [] : [{ target, path, pool, volume: posix.basename(path) }];
}

function migrateCommand(
  { plan, control, uri, unsafe }: Pick<MoveJob, "plan" | "control" | "uri" | "unsafe">,
  disks: readonly CopiedDisk[],
): readonly string[] {
  const { guest, how, data } = plan;
  const address = data === null ? null : `tcp://${data.includes(":") ? `[${data}]` : data}`;
  const running = [
    ...["--live", "--auto-converge"],
    ...(address === null ? [] : ["--migrateuri", address]),
    ...(disks.length === 0
      ? []
      : ["--copy-storage-all", "--migrate-disks", disks.map(({ target }) => target).join(",")]),
    ...(disks.length === 0 || address === null ? [] : ["--disks-uri", address]),
    ...(unsafe ? ["--unsafe"] : []),
  ];
  return [
    ...["virsh", "-q", "-c", uri, "migrate", "--persistent", "--undefinesource"],
    ...(how === "live" ? running : ["--offline"]),
    ...[guest.uuid, control],
  ];
}

/** Of the very virtual size, which the copy of a running disk wants; of the file's own, for a file that is copied as it is. */
function volumeFile({ plan, fileSizes }: MoveJob, disk: MoveDisk, index: number): JobFile {
  const live = plan.how === "live";
  const format = live ? disk.format : "raw";
  const capacity = live ? disk.size : (fileSizes.get(disk.path) ?? disk.size);
  const volume = element(
    "volume",
    {},
    element("name", {}, posix.basename(disk.path)),
    element("capacity", { unit: "bytes" }, String(capacity)),
    element("allocation", {}, "0"),
    element(
      "target",
      {},
      element("format", { type: format }),
      // libvirt's own choice is a version that knows no holes
      format === "qcow2" ? element("compat", {}, "1.1") : undefined,
    ),
  );
  return { name: `volume-${index}.xml`, source: { data: writeXml(volume) } };
}

/** What libvirt knows of files is old otherwise, and nothing more: a pool that cannot be read now is read later. */
function refreshScript(disks: readonly CopiedDisk[]): string {
  const pools = [...new Set(disks.map(({ pool }) => pool))];
  return pools.map((pool) => `there pool-refresh ${quote(pool)} >/dev/null 2>&1 || :`).join("\n");
}
