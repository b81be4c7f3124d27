import { posix } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import { loaderOf } from "../../libvirt/boot-files.ts";
import { isActive } from "../../libvirt/domains.ts";
import { filesQuery } from "../../libvirt/files-query.ts";
import { type GuestLook, guestLookQuery } from "../../libvirt/guest-look.ts";
import { hasArguments, takenAlong } from "../../libvirt/taken-along.ts";
import { askOne } from "../ask-one.ts";
import type { Neighbours } from "../base-images.ts";
import { refused } from "../build-refusals.ts";
import { chooseGuests } from "../choose-guests.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import { type Carried, judgeCarried, nothingCarried } from "./carried-files.ts";
import type { Firmware } from "./firmware-shell.ts";
import { homeOf } from "./home-mark.ts";
import { judgeTarget } from "./judge-target.ts";
import { definitionHash } from "./last-check.ts";
import { refuseUnmovable } from "./movable.ts";
import { keptFiles } from "./move-job.ts";
import type { MovePlan } from "./move-plan.ts";
import { namedTarget } from "./named-target.ts";
import { otherUsers } from "./other-users.ts";
import { refuseObstacles } from "./refuse-obstacles.ts";
import { judgeNvram } from "./target-firmware.ts";
import { type TargetQuestions, targetQuestions } from "./target-questions.ts";
import { type RoomNeed, roomBeside } from "./target-room.ts";
import { type JudgedStorage, judgeStorage } from "./target-storage.ts";

export interface MoveRequest {
  /** Name, UUID, NODE/GUEST. */
  readonly guest: string;
  /** Where it goes. */
  readonly node: string;
  readonly signal?: AbortSignal | undefined;
}

/** A plan, and what applying it needs besides. */
export interface PreparedMove
  extends Pick<JudgedStorage, "unsafe" | "pools" | "relinks" | "bases" | "same" | "copied"> {
  readonly plan: MovePlan;
  readonly guest: FoundGuest;
  /** As it was looked at. */
  readonly look: GuestLook;
  /** The node that it was drained from; undefined: it was not. */
  readonly home: string | undefined;
  readonly fileSizes: ReadonlyMap<string, number>;
  /** What has to be removed from the target where the move fails; undefined: nothing but volumes. */
  readonly firmware: Firmware | undefined;
  /** What a guest that is off has beside its disks. */
  readonly carried: Carried;
  /** What its definition was known by: for a guest that is off it has to be the same when it moves. */
  readonly definition: string;
  /** Files of the source that guests write without a format. */
  readonly raw: readonly string[];
  /** Directories and files of the source that have images. */
  readonly imagePlaces: readonly string[];
}

/**
 * Looks whether a guest can be moved to a node; changes nothing but for a file that is made for a moment to see whether
 * storage is shared. Throws UserError: exit 4 for guests and nodes that there are not, 5 where a node does not answer, 6
 * for whatever stands against it, all of it at once.
 */
export async function prepareMove(cluster: Cluster, request: MoveRequest): Promise<PreparedMove> {
  const { signal } = request;
  const target = namedTarget(cluster, request);
  const chosen = await chooseGuests(cluster, { guests: [request.guest] }, { strict: true, signal });
  const [guest, ...more] = chosen.guests;
  if (!guest || more.length > 0)
    throw new UserError(`${request.guest} matches ${chosen.guests.length} guests, and one is moved at a time`, {
      hint: `name one of them${guest ? `: ${guestPlace(guest)}` : ""}`,
      exitCode: exitCodes.notFound,
    });
  return prepareOne(cluster, guest, target.name, { nodes: chosen.nodes, signal });
}

export interface HowToPrepare {
  readonly nodes: MovePlan["nodes"];
  readonly signal: AbortSignal | undefined;
  /** Gives all guests of all nodes, read once for several moves. */
  readonly readAll?: (() => Promise<Neighbours>) | undefined;
  /** What guests bring to the target that move there before; default: nothing. */
  readonly promised?: Promise<readonly RoomNeed[]> | undefined;
  /** Puts the questions about targets once for several moves. */
  readonly questions?: TargetQuestions | undefined;
}

/** The same for a guest that was found. */
export async function prepareOne(
  cluster: Cluster,
  guest: FoundGuest,
  to: string,
  { nodes, signal, readAll, promised, questions = targetQuestions }: HowToPrepare,
): Promise<PreparedMove> {
  const target = cluster.node(to);
  const { node: source, uuid, name, state } = guest;
  const place = guestPlace(guest);
  if (source === target) throw refused(`${place} is on ${to} already`, `mclu info ${place}`);
  if (state === null) throw refused(`${place} is in no known state`, `mclu info ${place}`);
  const ask = { signal, patient: true };
  const [look] = await askOne(cluster, source, () => source.ask(guestLookQuery([uuid]), ask), signal);
  if (!look) throw refused(`libvirt cannot show what ${place} is`, `mclu xml ${place}`);
  await refuseUnmovable(cluster, guest, look, signal);
  const live = isActive(state);
  const [obstaclesThere, storage, firmware, reach] = await askOne(
    cluster,
    target,
    () =>
      Promise.all([
        judgeTarget(guest, look, target, signal, questions),
        judgeStorage(guest, look, target, signal, questions),
        judgeNvram(guest, look, target, signal),
        questions.reach(target, signal, source, live),
      ]),
    signal,
  );
  const beside = await askOne(cluster, target, () => judgeBeside(guest, look, target, firmware.nvram, signal), signal);
  const kept = keptFiles({ disks: storage.disks, nvram: firmware.nvram });
  const users = await otherUsers(cluster, guest, look, kept, signal, readAll);
  const copied = storage.disks.filter(({ way }) => way === "copied");
  const sizes = await askOne(cluster, source, () => fileSizes(guest, copied, signal), signal);
  // last: little is asked once the guests before it are decided
  const before = (await promised) ?? [];
  const [inPools, besidePools] = await askOne(
    cluster,
    target,
    () =>
      Promise.all([
        storage.obstacles(before),
        roomBeside(target, beside.needs, [...storage.copied, ...before], signal),
      ]),
    signal,
  );
  const obstacles = [
    ...obstaclesThere,
    ...inPools,
    ...firmware.obstacles,
    ...beside.obstacles,
    ...besidePools,
    ...reach.obstacles,
    ...users.obstacles,
  ];
  refuseObstacles(guest, to, obstacles);
  return {
    plan: {
      guest: { node: source.name, name, uuid, state },
      node: to,
      how: live ? "live" : "offline",
      disks: storage.disks,
      nvram: firmware.nvram,
      tpm: beside.tpm,
      size: [...copied, ...beside.files].reduce((sum, { size }) => sum + size, 0),
      control: reach.control,
      data: reach.data,
      notes: [...reach.notes, ...storage.notes, ...notesOfTaken(look, to)],
      nodes,
    },
    ...{ guest, look },
    home: homeOf(look.details),
    unsafe: storage.unsafe,
    ...{ pools: storage.pools, relinks: storage.relinks, bases: storage.bases, same: storage.same },
    ...{ copied: [...storage.copied, ...beside.needs], carried: beside },
    fileSizes: sizes,
    ...{ definition: definitionHash(look.xml.next), raw: users.raw, imagePlaces: users.imagePlaces },
    firmware: live ? firmwareOf(look, firmware.nvram) : firmwareOfOff(look, beside),
  };
}

/** What the target opens because the guest's definition says so: that is its source's word, and whoever moves it may not know. */
function notesOfTaken({ xml }: GuestLook, to: string): readonly string[] {
  const files = [xml.now, xml.next].flatMap((one) =>
    takenAlong(one).map(({ what, path }) => `its ${what} is ${path} of ${to} then`),
  );
  const words = [xml.now, xml.next].some(hasArguments) ? ["its arguments for qemu go with it as they are"] : [];
  return [...new Set(files), ...words];
}

/** What a guest that is off has beside its disks, and the room that it needs. */
async function judgeBeside(
  guest: FoundGuest,
  { details, next, xml }: GuestLook,
  target: FoundGuest["node"],
  nvram: MovePlan["nvram"],
  signal: AbortSignal | undefined,
) {
  if (guest.state !== null && isActive(guest.state)) return { ...nothingCarried, obstacles: [], needs: [] };
  const path = nvram?.way === "copied" ? nvram.path : null;
  const hasTpm = details.tpm !== null || next.tpm !== null;
  const found = await judgeCarried(guest, { nvram: path, hasTpm, xml: xml.next }, target, signal);
  const needs = found.files.map(({ path: file, size }) => ({ path: file, directory: posix.dirname(file), size }));
  return { ...found, needs };
}

/** libvirt removes the state of a TPM with a definition that has it; the variables are a volume like any other. */
function firmwareOfOff({ details }: GuestLook, carried: Carried): Firmware | undefined {
  const { type, arch, machine, tpm } = details;
  return carried.tpm === null ? undefined : { type, arch, machine, tpm, nvram: null, loader: null };
}

function firmwareOf({ details, xml }: GuestLook, nvram: MovePlan["nvram"]): Firmware | undefined {
  const { type, arch, machine, tpm } = details;
  const own = nvram?.way === "copied" ? nvram.path : null;
  return own === null && tpm === null ? undefined : { type, arch, machine, tpm, nvram: own, loader: loaderOf(xml.now) };
}

async function fileSizes(
  { node }: FoundGuest,
  disks: readonly { readonly path: string }[],
  signal: AbortSignal | undefined,
) {
  const paths = disks.map(({ path }) => path);
  const facts = await node.ask(filesQuery(paths), { signal, patient: true });
  return new Map(paths.map((path, index) => [path, facts[index]?.size ?? 0]));
}
