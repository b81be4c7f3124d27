import type { Cluster } from "../cluster/cluster.ts";
import type { DiskCandidate } from "./delete/fate.ts";
import type { NodeEvidence } from "./delete/gather.ts";
import { gatherEvidence } from "./delete/gather.ts";
import { readNeighbours } from "./delete/neighbours.ts";
import type { FoundGuest } from "./find-guest.ts";
import type { SeenGuest } from "./look-at-chosen.ts";
import { type Decision, refusal } from "./plan.ts";

/** What nodes say of the disks of guests, and of everything that may depend on one of them: as `delete` asks it. */
export async function diskEvidence(
  cluster: Cluster,
  guests: readonly SeenGuest[],
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => NodeEvidence | Decision> {
  const neighbours = await readNeighbours(cluster, signal);
  const nodes = [...new Set(guests.map(({ guest }) => guest.node.name))];
  const targets = nodes.map((name) => {
    const own = guests.filter(({ guest }) => guest.node.name === name);
    return [name, own.map(({ guest, look }) => ({ uuid: guest.uuid, details: [look.details, look.next] }))] as const;
  });
  const evidence = await gatherEvidence(cluster, new Map(targets), neighbours, signal);
  return ({ node }) =>
    evidence.get(node.name) ?? refusal("its node gave no answer about the disks", `mclu status ${node.name}`);
}

/**
 * Which guests have disks that other images are based on: whoever writes to such a disk ruins those. Undefined for a guest
 * that has none.
 */
export async function baseImages(
  cluster: Cluster,
  guests: readonly SeenGuest[],
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => Decision | undefined> {
  const found = await diskEvidence(cluster, guests, signal);
  return (guest) => {
    const evidence = found(guest);
    if (!("evidenceFor" in evidence)) return evidence;
    const disks = evidence.candidatesOf(guest.uuid).filter(({ disk }) => disk.device === "disk");
    return refuseBases(evidence, guest, disks);
  };
}

/** For what would change disks of a guest that others are based on, all of which it names. Undefined where none is. */
export function refuseBases(
  evidence: NodeEvidence,
  { uuid }: Pick<FoundGuest, "uuid">,
  disks: readonly DiskCandidate[],
): Decision | undefined {
  const based = disks.flatMap((candidate) => {
    const overlays = evidence.overlaysOf(uuid, candidate);
    return overlays.length === 0
      ? []
      : [`what is based on ${candidate.disk.target} would be ruined: ${overlays.join(", ")}`];
  });
  if (based.length === 0) return undefined;
  return refusal(
    based.join("; "),
    "delete those guests first, or give each disks of its own: mclu clone CLONE NEWNAME",
  );
}
