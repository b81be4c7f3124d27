import { posix } from "node:path";
import type { Disk } from "../../libvirt/domain-details.ts";
import { type DomainName, isActive } from "../../libvirt/domains.ts";
import type { GuestLook } from "../../libvirt/guest-look.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { refused } from "../build-refusals.ts";
import { lookAtDisks, type SourceDisk } from "../clone/source.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import { judgeBase, type Relink } from "./linked-disk.ts";
import type { MoveDisk, Obstacle } from "./move-plan.ts";
import { disksLeftBehind } from "./next-disks.ts";
import type { SamePair } from "./same-base.ts";
import { type Sharing, sharingOf } from "./shared-files.ts";
import { isOwn, missingMedia } from "./target-files.ts";
import type { NamedPool } from "./target-pools.ts";
import { type TargetQuestions, targetQuestions } from "./target-questions.ts";
import { poolRoom, type RoomNeed, roomBeside } from "./target-room.ts";

/** What becomes of a guest's disks on the way to a node. */
export interface JudgedStorage {
  readonly disks: readonly MoveDisk[];
  /** What stands against it, the room included beside what other guests bring there before. Rejects with NodeError. */
  readonly obstacles: (promised: readonly RoomNeed[]) => Promise<readonly Obstacle[]>;
  readonly notes: readonly string[];
  /** That a file is on shared storage was seen, and libvirt would not believe it. */
  readonly unsafe: boolean;
  /** What comes into which directory. */
  readonly copied: readonly RoomNeed[];
  /** The target's pools by their directories. */
  readonly pools: ReadonlyMap<string, string>;
  /** Disks, by their target, that are based on a file of another name there. */
  readonly relinks: ReadonlyMap<string, Relink>;
  /** Guests of the target that they are based on then. */
  readonly bases: readonly DomainName[];
  /** Files of both nodes that are the same, which they rely on. */
  readonly same: readonly SamePair[];
}

/**
 * Looks at the disks of a guest, and at the place that they would have. Throws UserError (exit 6) for what never moves.
 */
export async function judgeStorage(
  guest: FoundGuest,
  look: GuestLook,
  target: Node,
  signal: AbortSignal | undefined,
  questions: TargetQuestions = targetQuestions,
): Promise<JudgedStorage> {
  const live = guest.state !== null && isActive(guest.state);
  const all = look.details.disks.filter(({ source }) => source !== null);
  const own = all.filter(isOwn);
  refuseOddDisks(guest, all);
  const ask = { signal, patient: true };
  const disks = await lookAtDisks(guest, own, ask);
  const sharing = await Promise.all(disks.map(({ path }) => sharingOf(guest.node, target, path, signal)));
  const pools = await questions.pools(target, signal);
  const judged = disks.map((disk, index) =>
    judgeDisk(guest, target.name, disk, sharing[index] ?? { kind: "taken" }, pools),
  );
  const missing = [
    // media of the next start as well
    ...(await missingMedia(guest, [...all, ...look.next.disks], target, signal)),
    ...(await disksLeftBehind(guest, look, target, signal)),
  ];
  const isLinked = ({ backing }: SourceDisk, index: number) => backing.length > 0 && sharing[index]?.kind === "absent";
  const linked = disks.filter(isLinked);
  const based = live ? [] : await Promise.all(linked.map((disk) => judgeBase(guest, look.next, disk, target, signal)));
  const relinks = new Map(
    linked.flatMap(({ target: name }, index): [string, Relink][] => {
      const relink = based[index]?.relink;
      return relink ? [[name, relink]] : [];
    }),
  );
  const copied = disks.map((disk, index) => ({
    ...{ path: disk.path, directory: posix.dirname(disk.path) },
    size: judged[index]?.disk.way === "copied" ? roomOf(disk, live) : 0,
  }));
  const relinked = copied.filter((_, index) => relinks.has(disks[index]?.target ?? ""));
  const here = await roomBeside(guest.node, relinked, [], signal);
  return {
    disks: judged.map(({ disk }) => disk),
    obstacles: async (promised) => [
      ...judged.flatMap(({ obstacle }) => (obstacle ? [obstacle] : [])),
      ...(await poolRoom(target, copied, promised, pools, signal)),
      ...here,
      ...missing,
      ...(live ? judged.flatMap(({ disk }) => chainObstacles(guest, look, disk)) : []),
      ...based.flatMap(({ obstacles }) => obstacles),
    ],
    notes: [
      ...(live
        ? linked.map(({ target: name }) => `the disk ${name} is copied with what it is based on, and stands alone then`)
        : []),
      ...[...relinks].map(([name, { base }]) => `the disk ${name} is based on ${base} of ${target.name} then`),
    ],
    unsafe: sharing.some((one) => one.kind === "shared" && !one.known),
    pools: new Map([...pools].map(([directory, { name }]) => [directory, name])),
    ...{ copied, relinks },
    bases: based.flatMap(({ bases }) => bases),
    same: based.flatMap(({ same }) => same),
  };
}

/** What a disk takes now; what a disk that runs is based on is copied with it. */
function roomOf({ size, allocation, backing }: SourceDisk, live: boolean): number {
  return live && backing.length > 0 ? size : Math.min(size, allocation ?? size);
}

function refuseOddDisks(guest: FoundGuest, disks: readonly Disk[]): void {
  const place = guestPlace(guest);
  const shareable = disks.find((disk) => isOwn(disk) && disk.shareable);
  if (shareable)
    throw refused(
      `the disk ${shareable.target} of ${place} is shareable: other guests may be writing it`,
      `mclu info ${place}`,
    );
  const odd = disks.find((disk) => isOwn(disk) && /\p{Cc}/u.test(disk.source ?? ""));
  if (odd)
    throw refused(`the path of the disk ${odd.target} of ${place} has a control character`, `mclu info ${place}`);
  const block = disks.find((disk) => isOwn(disk) && disk.type === "block");
  if (block)
    throw refused(
      `the disk ${block.target} of ${place} is a block device of its node: ${block.source}`,
      `mclu info ${place}`,
    );
}

function judgeDisk(
  guest: FoundGuest,
  node: string,
  { target, path, format, size }: SourceDisk,
  sharing: Sharing,
  pools: ReadonlyMap<string, NamedPool>,
): { readonly disk: MoveDisk; readonly obstacle?: Obstacle } {
  const disk = { target, path, format, size };
  if (sharing.kind === "shared") return { disk: { ...disk, way: "shared", pool: null } };
  const directory = posix.dirname(path);
  const pool = pools.get(directory);
  const copied = { ...disk, way: "copied" as const, pool: pool?.name ?? null };
  if (sharing.kind === "taken")
    return {
      disk: copied,
      obstacle: {
        why: `it has another file ${path}`,
        fix: `mclu exec ${node} -- ls -l ${quote(path)}; mclu gc ${node} where a move or a build left it`,
      },
    };
  if (!pool)
    return {
      disk: copied,
      obstacle: {
        why: `it has no active pool at ${directory}, where the disk ${target} has to be`,
        fix: `mclu virsh ${node} -- pool-create-as ${quote(posix.basename(directory))} dir --target ${quote(directory)} --build`,
      },
    };
  if (format !== "qcow2" && format !== "raw")
    return {
      disk: copied,
      obstacle: {
        why: `the disk ${target} has the format ${format}: only qcow2 and raw can be copied`,
        fix: `mclu info ${guestPlace(guest)}`,
      },
    };
  return { disk: copied };
}

/** libvirt opens what a definition itself names below a disk; what it finds out by itself does not stand in there. */
function chainObstacles(guest: FoundGuest, { next }: GuestLook, { target, way }: MoveDisk): Obstacle[] {
  const [below] = next.disks.find((disk) => disk.target === target)?.backing ?? [];
  if (way !== "copied" || below === undefined) return [];
  return [
    {
      why: `the disk ${target} would be copied whole, and its XML says that it is based on ${below.source}`,
      fix: `mclu edit ${guestPlace(guest)}: take <backingStore> out; then stop and start it`,
    },
  ];
}
