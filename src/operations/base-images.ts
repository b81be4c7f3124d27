import type { Cluster } from "../cluster/cluster.ts";
import type { Action } from "../libvirt/change.ts";
import { baseMark } from "./base-mark.ts";
import type { DiskCandidate } from "./delete/fate.ts";
import type { NodeEvidence } from "./delete/gather.ts";
import { gatherEvidence } from "./delete/gather.ts";
import { stillNoBase } from "./delete/last-look.ts";
import { readNeighbours } from "./delete/neighbours.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import type { SeenGuest } from "./look-at-chosen.ts";
import { refuseUntold, untoldAt } from "./overlays.ts";
import { type Decision, refusal } from "./plan.ts";

export type Neighbours = Awaited<ReturnType<typeof readNeighbours>>;

/**
 * What nodes say of the disks of guests, and of everything that may depend on one of them: as `delete` asks it.
 * @param neighbours all domains of every node, where they were read
 */
export async function diskEvidence(
  cluster: Cluster,
  guests: readonly SeenGuest[],
  signal: AbortSignal | undefined,
  neighbours?: Neighbours,
): Promise<(guest: FoundGuest) => NodeEvidence | Decision> {
  const all = neighbours ?? (await readNeighbours(cluster, signal));
  const nodes = [...new Set(guests.map(({ guest }) => guest.node.name))];
  const targets = nodes.map((name) => {
    const own = guests.filter(({ guest }) => guest.node.name === name);
    return [name, own.map(({ guest, look }) => ({ uuid: guest.uuid, details: [look.details, look.next] }))] as const;
  });
  const evidence = await gatherEvidence(cluster, new Map(targets), all, signal);
  return ({ node }) =>
    evidence.get(node.name) ?? refusal("its node gave no answer about the disks", `mclu status ${node.name}`);
}

/**
 * Which guests have disks that other images are based on: whoever writes to such a disk ruins those. For a guest that has
 * none, what makes sure of it in the last moment.
 */
export async function baseImages(
  cluster: Cluster,
  guests: readonly SeenGuest[],
  signal: AbortSignal | undefined,
): Promise<(one: SeenGuest) => Decision | { readonly stillNone: readonly Action[] }> {
  const found = await diskEvidence(cluster, guests, signal);
  return (one) => {
    const evidence = found(one.guest);
    if (!("evidenceFor" in evidence)) return evidence;
    const disks = evidence.candidatesOf(one.guest.uuid).filter(({ disk }) => disk.device === "disk");
    return refuseBases(evidence, one, disks) ?? { stillNone: stillNoBase(disks, evidence) };
  };
}

/**
 * For what would change disks of a guest that others are based on, all of which it names; for those of a guest that was made
 * a base also where nobody can tell. Undefined where none is.
 */
export function refuseBases(
  evidence: NodeEvidence,
  { guest, look }: SeenGuest,
  disks: readonly DiskCandidate[],
): Decision | undefined {
  const based = disks.flatMap((candidate) => {
    const overlays = evidence.overlaysOf(guest.uuid, candidate);
    return overlays.length === 0
      ? []
      : [`what is based on ${candidate.disk.target} would be ruined: ${overlays.join(", ")}`];
  });
  const untold = evidence.untold.find((place) => disks.every(({ path }) => path !== place.path));
  if (based.length === 0 && untold !== undefined && look.xml.next.includes(baseMark.namespace))
    return refuseUntold(untoldAt(guest.node, untold), `mclu clone ${guestPlace(guest)} NEWNAME, and do it there`);
  if (based.length === 0) return undefined;
  return refusal(
    based.join("; "),
    "delete those guests first, or give each disks of its own: mclu clone CLONE NEWNAME",
  );
}
