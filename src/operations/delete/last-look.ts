import type { Action, FileToFree } from "../../libvirt/change.ts";
import { diskText } from "../../libvirt/device-text.ts";
import type { Disk } from "../../libvirt/domain-details.ts";
import type { GuestLook } from "../../libvirt/guest-look.ts";
import type { FoundGuest } from "../find-guest.ts";
import type { DiskCandidate } from "./fate.ts";
import type { NodeEvidence } from "./gather.ts";

/** Goes on only where nobody but this guest has taken a disk that was looked at. */
export function free(uuid: string, candidate: DiskCandidate, evidence: NodeEvidence): Action {
  return { free: fileOf(candidate, evidence), but: uuid };
}

/** Goes on only where no image has been made on these disks since they were looked at. */
export function stillNoBase(candidates: readonly DiskCandidate[], evidence: NodeEvidence): readonly Action[] {
  const files = candidates.filter(({ path, file }) => path !== null && file !== null);
  return files.map((candidate) => ({ unbased: { ...fileOf(candidate, evidence), raw: evidence.raw } }));
}

/**
 * Goes on only where nobody but this guest has taken an image that is there and stays: one beside it that cannot be read, or
 * a directory that this login cannot list, keeps nobody from giving it to the guest.
 */
export function untaken(uuid: string, candidate: DiskCandidate, evidence: NodeEvidence): readonly Action[] {
  const file = fileOf(candidate, evidence);
  return [{ unbased: { ...file, raw: evidence.raw } }, { free: { ...file, places: [] }, but: uuid }];
}

/** Removes a disk that was looked at, if it is still the same, and nobody has taken it. */
export function removal(candidate: DiskCandidate, evidence: NodeEvidence): Action {
  const { volume } = candidate;
  return { remove: { ...fileOf(candidate, evidence), volume: volume && { pool: volume.pool, name: volume.name } } };
}

function fileOf({ path, file }: DiskCandidate, { places }: NodeEvidence): FileToFree {
  if (path === null || file === null) throw new Error("a disk was looked at");
  return { path, identity: file.target, places };
}

/** Goes on only where the guest still has a disk as it was looked at: as it runs, as it will start, or both. */
export function stillHas(
  { uuid }: Pick<FoundGuest, "uuid">,
  { xml, details, next, persistent }: GuestLook,
  { target, source }: Pick<Disk, "target" | "source">,
): readonly Action[] {
  const isIt = (disk: Disk) => disk.target === target && disk.source === source;
  const why = `somebody has changed its ${target} meanwhile`;
  const has = (text: string | undefined, ...scope: readonly string[]): readonly Action[] =>
    text === undefined ? [] : [{ has: ["dumpxml", uuid, ...scope], text, why }];
  if (persistent && next.disks.some(isIt)) return has(diskText(xml.next, target), "--inactive");
  return details.disks.some(isIt) ? has(diskText(xml.now, target)) : [];
}
