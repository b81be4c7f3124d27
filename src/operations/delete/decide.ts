import { type BlockCopy, blockCopies } from "../../libvirt/block-copies.ts";
import { choosesVariables, networkVariables, templateOf } from "../../libvirt/boot-files.ts";
import type { Action } from "../../libvirt/change.ts";
import { isActive } from "../../libvirt/domains.ts";
import type { GuestLook } from "../../libvirt/guest-look.ts";
import { chosenVariables } from "../chosen-variables.ts";
import type { FoundGuest } from "../find-guest.ts";
import { change, type Decision } from "../plan.ts";
import { unlessProtected } from "../protection.ts";
import { type DiskCandidate, type Evidence, type FileFate, fateOfDisk, isOnNetwork } from "./fate.ts";
import type { NodeEvidence } from "./gather.ts";
import { free, removal, stillHas } from "./last-look.ts";
import type { Neighbour } from "./neighbours.ts";
import { writtenFiles } from "./written-files.ts";

/** What becomes of a guest and of all that belongs to it. */
export function decideDelete(
  guest: FoundGuest,
  look: GuestLook,
  { definitions, snapshotFiles }: Neighbour,
  evidence: NodeEvidence,
): Decision {
  const { uuid, state } = guest;
  const own = evidence.evidenceFor(uuid);
  const disks = evidence.candidatesOf(uuid).map((candidate) => ({ candidate, fate: fateOfDisk(candidate, own) }));
  const variables = nvramCandidate(guest, look, evidence);
  const nvram = variables && decideNvram(look, variables, own);
  const running = state === null || isActive(state);
  const tpm = look.next.tpm !== null && evidence.undefineOptions.has("--tpm");
  const options = [
    ...(look.managedSave ? ["--managed-save"] : []),
    ...(definitions.snapshots.length > 0 ? ["--snapshots-metadata"] : []),
    ...(definitions.checkpoints.length > 0 ? ["--checkpoints-metadata"] : []),
    ...(nvram?.fate === "keep" ? ["--keep-nvram"] : nvram || choosesVariables(look.xml.next) ? ["--nvram"] : []),
    ...(tpm ? ["--tpm"] : []),
  ];
  const isOff = { only: ["domstate", uuid], says: ["shut off"], why: "it is not off any more" };
  const removed = disks.flatMap(({ candidate, fate }) => (fate.fate === "remove" ? [candidate] : []));
  const actions: Action[] = [
    unlessProtected(uuid),
    ...removed.flatMap((candidate) => [...stillHas(guest, look, candidate.disk), free(uuid, candidate, evidence)]),
    ...(variables?.file && nvram?.fate === "remove" ? [free(uuid, variables, evidence)] : []),
    ...(running ? [unlessArriving(uuid), { virsh: ["destroy", uuid] }] : []),
    // a transient guest is gone when it is off
    ...(look.persistent ? [isOff, { virsh: ["undefine", uuid, ...options] }] : []),
    // a guest that somebody started in the very moment lives on without its definition, and needs its disks
    { unless: ["domname", uuid], why: "somebody started it meanwhile" },
    ...removed.map((candidate) => removal(candidate, evidence)),
  ];
  const nothing = { path: null, size: null, fate: "remove", reason: null } as const;
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"} (what libvirt knows of)`;
  const files: FileFate[] = [
    ...(look.persistent ? [{ ...nothing, what: "definition" }] : []),
    ...(look.managedSave ? [{ ...nothing, what: "saved memory" }] : []),
    ...(definitions.snapshots.length > 0
      ? [{ ...nothing, what: count(definitions.snapshots.length, "snapshot") }]
      : []),
    ...(definitions.checkpoints.length > 0
      ? [{ ...nothing, what: count(definitions.checkpoints.length, "checkpoint") }]
      : []),
    ...(nvram ? [nvram] : otherNvram(look)),
    ...(tpm ? [{ ...nothing, what: "TPM state" }] : []),
    ...disks.map(({ fate }) => fate),
    ...otherFiles(
      disks.map(({ candidate }) => candidate),
      { snapshotFiles, copies: blockCopies(look.xml.now) },
      evidence,
    ),
    ...writtenFiles([look.xml.now, look.xml.next], new Set(disks.map(({ candidate }) => candidate.path)), evidence),
  ];
  const notes = [
    ...(running ? ["it runs, and is powered off first"] : []),
    ...(look.persistent ? [] : ["it is transient, defined nowhere"]),
  ];
  return { ...change({ will: "delete", done: "deleted" }, actions, ["gone"]), notes, files };
}

/** Goes on only where no migration brings the guest or takes it away: its source may not answer, and its disk is written yet. */
function unlessArriving(uuid: string): Action {
  const why = "a migration of it is under way: it is paused until that is over";
  return { until: ["domstate", uuid, "--reason"], lacks: "(migrating)", seconds: 0, why };
}

/** libvirt itself leaves what is no file or device of the node. It has those of a session where that chose. */
function otherNvram({ xml }: GuestLook): readonly FileFate[] {
  const path = networkVariables(xml.next);
  if (choosesVariables(xml.next))
    return [{ what: "firmware variables", path: null, size: null, fate: "remove", reason: null }];
  const reason = "they are no file of the node";
  return path === null ? [] : [{ what: "firmware variables", path, size: null, fate: "keep", reason }];
}

function nvramCandidate(
  guest: FoundGuest,
  { next, details, xml }: GuestLook,
  evidence: NodeEvidence,
): (DiskCandidate & { path: string }) | undefined {
  const path = next.nvram ?? details.nvram ?? chosenVariables(guest, xml.next);
  if (path === null) return undefined;
  return { disk: { ...noDisk, source: path }, path, volume: null, file: evidence.file(path) };
}

/** libvirt removes it; one that another guest names too, or may name, stays. */
function decideNvram(
  look: GuestLook,
  candidate: DiskCandidate & { path: string },
  { namedBy, unknown, elsewhere }: Evidence,
): FileFate {
  const { path, file } = candidate;
  const fate = { what: "firmware variables", path, size: file?.size ?? null };
  const other = namedBy(candidate);
  if (other !== undefined) return { ...fate, fate: "keep", reason: `${other} names it too` };
  if (path.startsWith("/usr/") || [look.xml.now, look.xml.next].some((xml) => templateOf(xml) === path))
    return { ...fate, fate: "keep", reason: "it is what the variables of guests begin as" };
  if (unknown !== null) return { ...fate, fate: "keep", reason: unknown };
  if (elsewhere !== null && isOnNetwork(candidate))
    return { ...fate, fate: "keep", reason: `it is on shared storage, and ${elsewhere}` };
  if (!look.persistent) return { ...fate, fate: "keep", reason: "libvirt keeps those of a transient guest" };
  return { ...fate, fate: "remove", reason: null };
}

const noDisk = {
  target: "",
  bus: null,
  device: "disk",
  type: "file",
  source: null,
  volume: null,
  format: null,
  readonly: false,
  shareable: false,
  backing: null,
} as const;

/** Files that hang together with the guest's disks and are not among them. */
function otherFiles(
  disks: readonly DiskCandidate[],
  { snapshotFiles, copies }: { readonly snapshotFiles: readonly string[]; readonly copies: readonly BlockCopy[] },
  { basesOf, dataOf, file }: NodeEvidence,
): readonly FileFate[] {
  const own = new Set(disks.map(({ path }) => path));
  const kept = (what: string, path: string, reason: string): readonly FileFate[] =>
    own.has(path) ? [] : [{ what, path, fate: "keep", reason, size: file(path)?.size ?? null }];
  const bases = disks.flatMap((candidate) =>
    basesOf(candidate).flatMap((path) =>
      kept(`base of ${candidate.disk.target}`, path, "the guest does not name it; others may be based on it"),
    ),
  );
  const data = disks.flatMap((candidate) =>
    dataOf(candidate).flatMap((path) =>
      kept(`data of ${candidate.disk.target}`, path, "the guest does not name it; others may use it"),
    ),
  );
  const snapshots = snapshotFiles.flatMap((path) => kept("file of a snapshot", path, "it is no disk of the guest"));
  const copied = copies.flatMap(({ target, path }) =>
    path === null ? [] : kept(`copy of ${target}`, path, "a block job writes it; the guest does not name it yet"),
  );
  const isBase = ({ path }: FileFate) => bases.some((base) => base.path === path);
  return [...bases, ...data, ...[...snapshots, ...copied].filter((one) => !isBase(one))];
}
