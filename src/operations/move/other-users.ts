import type { Cluster } from "../../cluster/cluster.ts";
import { isActive } from "../../libvirt/domains.ts";
import type { GuestLook } from "../../libvirt/guest-look.ts";
import { diskEvidence, type Neighbours } from "../base-images.ts";
import { refused } from "../build-refusals.ts";
import { fileCandidate } from "../delete/fate.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import type { KeptFile } from "./keep-shell.ts";
import { keptFiles } from "./move-job.ts";
import type { Obstacle } from "./move-plan.ts";
import type { PreparedMove } from "./prepare-move.ts";

export interface OtherUsers {
  readonly obstacles: readonly Obstacle[];
  /** Files of the source that guests write without a format: whatever they begin with, they are based on nothing. */
  readonly raw: readonly string[];
  /** Where an image that is based on one of them would be. */
  readonly imagePlaces: readonly string[];
}

/**
 * Who else needs what a move takes away: the source's files get other names, and `gc` offers to remove them. Another guest
 * that names one of them, or an image that is based on it, would stand without it.
 * @param kept the files that get other names
 * @param readAll gives all guests of all nodes, for one move after the other; default: they are read
 */
export async function otherUsers(
  cluster: Cluster,
  guest: FoundGuest,
  look: GuestLook,
  kept: readonly KeptFile[],
  signal: AbortSignal | undefined,
  readAll?: () => Promise<Neighbours>,
): Promise<OtherUsers> {
  if (kept.length === 0) return { obstacles: [], raw: [], imagePlaces: [] };
  const live = guest.state !== null && isActive(guest.state);
  const evidence = (await diskEvidence(cluster, [{ guest, look, live }], signal, await readAll?.()))(guest);
  if (!("evidenceFor" in evidence)) {
    const why = "what else needs its files cannot be told: its node gave no answer about the disks";
    return { obstacles: [{ why, fix: `mclu status ${guest.node.name}` }], raw: [], imagePlaces: [] };
  }
  const { uuid } = guest;
  const disks = evidence.candidatesOf(uuid);
  const obstacles = kept.flatMap(({ path }): Obstacle[] => {
    const candidate = disks.find((disk) => disk.path === path) ?? fileCandidate(path, evidence.file(path));
    const users = [...new Set([...evidence.usersOf(uuid, candidate), ...evidence.overlaysOf(uuid, candidate)])];
    if (users.length === 0) return [];
    return [
      {
        why: `${users.join(", ")} would lose ${path}, which gets another name on ${guest.node.name}`,
        fix: `give each guest a disk of its own: mclu clone ${guestPlace(guest)} NEWNAME, and move that`,
      },
    ];
  });
  return { obstacles, raw: evidence.raw, imagePlaces: evidence.places };
}

/**
 * Looks once more, right before a guest is moved that was looked at a while ago. Throws UserError (exit 6) where somebody
 * needs its files by now.
 */
export async function refuseNewUsers(
  cluster: Cluster,
  { plan, guest, look }: PreparedMove,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { obstacles } = await otherUsers(cluster, guest, look, keptFiles(plan), signal);
  const [user] = obstacles;
  if (user) throw refused(`changed meanwhile: ${user.why}; nothing was done`, user.fix);
}
