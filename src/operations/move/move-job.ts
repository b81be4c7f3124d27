import type { JobSpec, Stage } from "../../node/jobs/job-script.ts";
import { commandLine, quote } from "../../node/shell.ts";
import type { Carried } from "./carried-files.ts";
import { forgetControl } from "./control-socket.ts";
import type { Firmware } from "./firmware-shell.ts";
import { type KeptFile, keepStage, keptName, rememberKept } from "./keep-shell.ts";
import { cloneFunctions, lockBases, stillAlone, stillNamed, stillOff, unlockBases } from "./last-check.ts";
import type { Relink } from "./linked-disk.ts";
import type { MovePlan } from "./move-plan.ts";
import { type CopiedVolume, type MoveSubject, movedCheck, moveFunctions, undoMove } from "./move-shell.ts";
import { checkStage, fillStage, migrateStage, volumesStage } from "./move-stages.ts";
import { volumeFiles, volumesOf } from "./move-volumes.ts";
import { openStage, placeFiles } from "./places-shell.ts";
import { relayedUri } from "./relay-control.ts";
import { relinkedName, relinkWords } from "./relink-words.ts";

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
  /** What a guest that is off has beside its disks. */
  readonly carried: Carried;
  /** The target's pools by their directories. */
  readonly pools: ReadonlyMap<string, string>;
  /** Disks, by their target, that are based on a file of another name there. */
  readonly relinks: ReadonlyMap<string, Relink>;
  /** What the definition of a guest that is off was known by when it was looked at. */
  readonly definition: string;
  /** Whether the guest starts with its node. */
  readonly autostart?: boolean | undefined;
  /** Files of the source that guests write without a format: they are based on nothing, whatever is in them. */
  readonly raw: readonly string[];
  /** Where images of the source were when it was looked at: one that is based on a file of the guest would be there. */
  readonly imagePlaces: readonly string[];
}

/** The job of a move, on the source: volumes on the target, the migration, other names for the source's files. */
export function moveJobSpec(job: MoveJob): JobSpec {
  const { id, plan, control, uri, client, reservation, firmware } = job;
  const { disks, carried, places } = volumesOf(job, id);
  const copies = [...disks, ...carried];
  const subject: MoveSubject = {
    uuid: plan.guest.uuid,
    here: uri,
    there: control,
    paused: plan.guest.state === "paused",
    ...{ id, firmware, places, target: plan.node },
    sharedNvram: plan.nvram?.way === "shared",
    autostart: job.autostart,
  };
  const kept = keptFiles(plan);
  const pools = [...new Set(disks.map(({ pool }) => pool))];
  const live = plan.how === "live";
  const forget = forgetControl(id);
  const stages: Stage[] = [
    {
      name: "check",
      script: `LC_ALL=C; export LC_ALL\n${moveFunctions(subject)}${checkStage(plan)}\n${live ? "" : `${cloneFunctions(plan.guest.node)}refuse_clones`}`,
    },
    ...(copies.length === 0
      ? []
      : [
          {
            name: "make volumes",
            script: `${places.length === 0 ? "" : "made_firmware\n"}${openStage(places)}${volumesStage(copies)}`,
          },
        ]),
    ...(live || copies.length === 0 ? [] : [{ name: "copy", script: fillStage(copies, id) }]),
    {
      name: "migrate",
      script: `${lastCheck(job, kept, copies)}${rememberKept(kept)}${migrateStage(migrateCommand(job, disks), pools)}\n${live ? "" : `${unlockBases}\n`}${kept.length === 0 ? forget : ""}`,
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
    rollback: undoMove(subject, kept, job.imagePlaces),
    files: [...volumeFiles(job), ...placeFiles(places)],
    reservation,
  };
}

/** What is looked at in the last moment; clones of a guest that runs cannot be made. */
function lastCheck(
  { plan, uri, definition, raw, imagePlaces }: MoveJob,
  kept: readonly KeptFile[],
  copies: readonly CopiedVolume[],
) {
  const alone = stillAlone(kept, { uri, raw, places: imagePlaces });
  return plan.how === "live"
    ? `${stillNamed(plan.guest.name)}\n${alone}\n`
    : `${lockBases}\n${alone}\n${stillOff(copies, definition)}\n`;
}

/** What the job of a move runs, in order; ID stands for the job's own. What it looks at in between is left out. */
export function commandsOfMove(
  job: Pick<MoveJob, "plan" | "unsafe" | "carried" | "pools" | "relinks">,
  uri: string,
): readonly string[] {
  const { plan, unsafe } = job;
  const control = plan.control ?? relayedUri("ID");
  const { disks, carried, places } = volumesOf(job, "ID");
  const opened = places.map(({ made }, index) => [
    ...["pool-create", `jobs/ID/files/pool-${index}.xml`, ...(made ? ["--build"] : [])],
  ]);
  const copies = [...disks, ...carried];
  const volumes = copies.map(({ pool }, index) => ["vol-create", pool, `jobs/ID/files/volume-${index}.xml`]);
  const uploads = copies.map(({ path, pool, volume, relink }) => [
    ...["vol-upload", "--pool", pool, "--vol", volume, "--file", relink ? relinkedName(path, "ID") : path, "--sparse"],
  ]);
  const closed = places.map(({ pool }) => ["pool-destroy", pool]);
  const there = [...opened, ...volumes, ...(plan.how === "live" ? [] : [...uploads, ...closed])];
  return [
    ...copies.flatMap((copy) => relinkWords(copy, "ID")),
    ...there.map((words) => ["virsh", "-q", "-c", control, ...words]),
    migrateCommand({ plan, control, uri, unsafe }, disks),
    ...keptFiles(plan).map(({ path }) => ["mv", "-nT", "--", path, keptName(path, "ID")]),
  ].map(commandLine);
}

/** What the source keeps under other names. */
export function keptFiles({ disks, nvram }: Pick<MovePlan, "disks" | "nvram">): readonly KeptFile[] {
  return [...disks, ...(nvram ? [nvram] : [])].filter(({ way }) => way === "copied");
}

function migrateCommand(
  { plan, control, uri, unsafe }: Pick<MoveJob, "plan" | "control" | "uri" | "unsafe">,
  disks: readonly CopiedVolume[],
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

/** What libvirt knows of files is old otherwise, and nothing more: a pool that cannot be read now is read later. */
function refreshScript(disks: readonly CopiedVolume[]): string {
  const pools = [...new Set(disks.map(({ pool }) => pool))];
  return pools.map((pool) => `there pool-refresh ${quote(pool)} >/dev/null 2>&1 || :`).join("\n");
}
