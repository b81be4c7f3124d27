import { posix } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import type { Action } from "../../libvirt/change.ts";
import { diskText } from "../../libvirt/device-text.ts";
import type { Disk } from "../../libvirt/domain-details.ts";
import { filePoolTypes } from "../../libvirt/pool-place.ts";
import { activePoolsQuery, type Pool, poolsQuery } from "../../libvirt/pools-query.ts";
import { quote } from "../../node/shell.ts";
import { formatExactSize, parseSize } from "../../size.ts";
import { askOfGuests } from "../ask-of-guests.ts";
import { diskEvidence, refuseBases } from "../base-images.ts";
import type { GuestChoice } from "../choose-guests.ts";
import type { DiskCandidate } from "../delete/fate.ts";
import { stillNoBase } from "../delete/last-look.ts";
import { guestPlace } from "../guest-place.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import { change, type Decision, type Plan, refusal } from "../plan.ts";
import { readStorage } from "../read-storage.ts";
import { type FoundDisk, findDisk } from "./find-disk.ts";

/** How large a disk is to be: in all, or more than it is; bytes. */
export type NewSize = { readonly to: number } | { readonly by: number };

/** Reads `20G` or `+10G`. Throws UserError (exit 2). */
export function parseNewSize(text: string): NewSize {
  const by = text.startsWith("+");
  const bytes = parseSize(by ? text.slice(1) : text);
  if (bytes === 0)
    throw new UserError("a disk cannot grow to or by 0", {
      hint: "for example 20G, or +10G",
      exitCode: exitCodes.usage,
    });
  return by ? { by: bytes } : { to: bytes };
}

/** What `disk grow` will do. Throws UserError as `chooseGuests` does. */
export async function planGrowDisk(
  cluster: Cluster,
  choice: GuestChoice,
  name: string,
  size: NewSize,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Plan> {
  const { seen, plan } = await lookAtChosen(cluster, choice, { signal });
  const found = seen.flatMap((one) => {
    const disk = findDisk(one, name);
    return "disk" in disk ? [{ one, disk }] : [];
  });
  const sizes = await askOfGuests(
    cluster,
    found.map(({ one }) => one.guest),
    async (node, guests) => {
      const own = found.filter(({ one }) => guests.includes(one.guest));
      const subjects = own.map(({ one, disk }) => ({ uuid: one.guest.uuid, disks: [disk.disk], snapshots: [] }));
      const ask = { signal, patient: true };
      const storage = await readStorage(node, subjects, ask);
      const pools = await node.ask(poolsQuery(await node.ask(activePoolsQuery, ask)), ask);
      return storage.map(({ disks: [facts] }, index) => ({
        // of an encrypted disk the image and the volume count the header as well
        capacity:
          facts?.size.capacity ??
          (isEncrypted(own[index]) ? null : (facts?.chain?.[0]?.capacity ?? facts?.volume?.capacity ?? null)),
        isShown: (facts?.size.capacity ?? null) !== null,
        pool: poolOf(own[index]?.disk.disk.source ?? null, pools),
      }));
    },
    signal,
  );
  const evidence = await diskEvidence(cluster, seen, signal);
  return plan(
    "disk grow",
    (one) => {
      const disk = findDisk(one, name);
      if (!("disk" in disk)) return disk;
      const [now, own] = [sizes(one.guest), evidence(one.guest)];
      if (!("capacity" in now)) return now;
      if (!("evidenceFor" in own)) return own;
      const candidate = own.candidatesOf(one.guest.uuid).find((other) => other.disk.source === disk.disk.source);
      const base = candidate && refuseBases(own, one, [candidate]);
      if (base) return base;
      const stillNone = candidate ? stillNoBase([candidate], own) : [];
      if (!one.live && isEncrypted({ one, disk }))
        return refusal(
          `${disk.disk.target} is encrypted: only the guest that runs knows how large it is without its header`,
          `start it and grow it then: mclu start ${guestPlace(one.guest)}`,
        );
      const volume = volumeOf(candidate, now.pool, guestPlace(one.guest));
      const still = disk.live ? [] : [isStillItsDisk(one, disk.disk)];
      return decide(one, disk, now, size, { before: [...stillNone, ...still], volume });
    },
    { deed: "grow a disk of" },
  );
}

interface Seen {
  readonly one: SeenGuest;
  readonly disk: FoundDisk;
}

function isEncrypted(seen: Seen | undefined): boolean {
  if (!seen) return false;
  const { look } = seen.one;
  const text = diskText(seen.disk.live ? look.xml.now : look.xml.next, seen.disk.disk.target);
  return text?.includes("<encryption ") ?? false;
}

function decide(
  { guest }: SeenGuest,
  { disk, live }: FoundDisk,
  { capacity, isShown }: { readonly capacity: number | null; readonly isShown: boolean },
  size: NewSize,
  { before, volume }: { readonly before: readonly Action[]; readonly volume: VolumeWords | undefined },
): Decision {
  const { target } = disk;
  if (disk.device !== "disk" || disk.readonly)
    return refusal(`${target} is ${disk.readonly ? "read-only" : `a ${disk.device}`}`, null);
  if (capacity === null) return refusal(`nobody can tell how large ${target} is`, `mclu info ${guestPlace(guest)}`);
  // qemu-img counts in sectors
  const wanted = Math.ceil(("to" in size ? size.to : capacity + size.by) / 512) * 512;
  const text = formatExactSize(wanted);
  if (wanted === capacity) return { verdict: "already", why: `${target} already has ${text}` };
  if (wanted < capacity)
    return refusal(
      `${target} has ${formatExactSize(capacity)}: to shrink it would cut off what is at its end`,
      `a size above that, or more by so much: mclu disk grow ${guestPlace(guest)} ${quote(target)} +1G`,
    );
  if (!live && !volume)
    return refusal(
      `no active pool of ${guest.node.name} has ${disk.source ?? "it"}`,
      `start it and grow it then: mclu start ${guestPlace(guest)}`,
    );
  const { uuid } = guest;
  // where somebody starts the guest meanwhile qemu holds the image, and qemu-img leaves it alone; a qemu that runs shrinks
  // the disk without a question, where somebody has made it larger than is wanted here
  const isAsSeen: Action = {
    has: ["domblkinfo", uuid, "--device", target],
    // virsh pads its labels to 15
    text: `Capacity:       ${capacity}\n`,
    why: `somebody has changed the size of ${target} meanwhile`,
  };
  const actions: readonly Action[] = [
    ...before,
    ...(live || !volume
      ? [...(isShown ? [isAsSeen] : []), { virsh: ["blockresize", uuid, "--path", target, "--size", `${wanted}B`] }]
      : [...volume.before, { virsh: ["vol-resize", ...volume.words, "--capacity", `${wanted}B`] }]),
  ];
  return {
    ...change(
      { will: `grow ${target} from ${formatExactSize(capacity)} to ${text}`, done: `${target} has ${text}` },
      actions,
    ),
    after: "partitions and file systems in it are as large as before",
  };
}

/** A volume is grown by its own name, whoever has it by then. */
function isStillItsDisk({ guest, look }: SeenGuest, { target }: Disk): Action {
  const text = diskText(look.xml.next, target) ?? target;
  return { has: ["dumpxml", guest.uuid, "--inactive"], text, why: `somebody has changed its ${target} meanwhile` };
}

/** How virsh's volume commands name a disk, and what has to come before. */
interface VolumeWords {
  readonly before: readonly Action[];
  readonly words: readonly string[];
}

/** @param pool whose directory the disk is in: it may not have noticed */
function volumeOf(candidate: DiskCandidate | undefined, pool: string | null, place: string): VolumeWords | undefined {
  if (candidate?.volume) {
    const { kind, name } = candidate.volume;
    const words = ["--vol", name, "--pool", kind.name];
    return { before: filePoolTypes.includes(kind.type) ? [isOfItsFormat(candidate.disk, words, place)] : [], words };
  }
  const path = candidate?.path ?? null;
  if (!candidate || pool === null || path === null) return undefined;
  const words = ["--vol", posix.basename(path), "--pool", pool];
  return {
    before: [{ virsh: ["pool-refresh", "--pool", pool] }, isOfItsFormat(candidate.disk, words, place)],
    words,
  };
}

/**
 * A pool goes by what is in a file: where a guest has written the header of another format into its raw disk, with any file
 * of the node as what holds the data, vol-resize would grow that file, as root.
 */
function isOfItsFormat({ target, format }: Disk, words: readonly string[], place: string): Action {
  return {
    has: ["vol-dumpxml", ...words],
    text: `<format type='${format ?? "raw"}'/>`,
    // what it is backed by has a format too, and the header names both
    within: "target",
    why: `its pool takes ${target} for another format than ${format ?? "raw"}, by what is in it`,
    instead: `start it and grow it then: mclu start ${place}`,
  };
}

function poolOf(path: string | null, pools: readonly Pool[]): string | null {
  if (path === null) return null;
  return (
    pools.find(({ type, directory }) => filePoolTypes.includes(type) && directory === posix.dirname(path))?.name ?? null
  );
}
