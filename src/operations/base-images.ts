import type { Cluster } from "../cluster/cluster.ts";
import { askOfGuests } from "./ask-of-guests.ts";
import type { NodeEvidence } from "./delete/gather.ts";
import { gatherEvidence } from "./delete/gather.ts";
import { readNeighbours } from "./delete/neighbours.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import type { SeenGuest } from "./look-at-chosen.ts";
import { type Decision, refusal } from "./plan.ts";

/** What nodes say of the disks of guests, and of everything that may depend on one of them: as `delete` asks it. */
export async function diskEvidence(
  cluster: Cluster,
  guests: readonly SeenGuest[],
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => NodeEvidence | Decision> {
  const neighbours = await readNeighbours(cluster, signal);
  const everyone = neighbours.flatMap((outcome) => (outcome.state === "on" ? outcome.value : []));
  const silent = neighbours.filter(({ state }) => state !== "on").map(({ node }) => node);
  return askOfGuests(
    cluster,
    guests.map(({ guest }) => guest),
    async (node, own) => {
      const targets = guests
        .filter(({ guest }) => own.includes(guest))
        .map(({ guest, look }) => ({ uuid: guest.uuid, details: [look.details, look.next] }));
      const others = cluster.nodes.flatMap(({ name }) => (name === node.name ? [] : [name]));
      const evidence = await gatherEvidence(node, targets, everyone, silent, others, signal);
      return own.map(() => evidence);
    },
    signal,
  );
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
    const { backs } = evidence.evidenceFor(guest.uuid);
    const overlays = evidence.candidatesOf(guest.uuid).flatMap((candidate) => {
      const overlay = candidate.disk.device === "disk" ? backs(candidate) : undefined;
      return overlay === undefined ? [] : [`${overlay} is based on ${candidate.disk.target}`];
    });
    if (overlays.length === 0) return undefined;
    return refusal(`other images would be ruined: ${overlays.join(", ")}`, `mclu info ${guestPlace(guest)}`);
  };
}
