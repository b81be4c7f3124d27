import type { Cluster } from "../cluster/cluster.ts";
import { quote } from "../node/shell.ts";
import { basesToStart } from "./bases-to-start.ts";
import type { FoundGuest } from "./find-guest.ts";
import { type NextDefinitions, nextDefinitions } from "./next-definitions.ts";
import { findOverlays, refuseBase, refuseUntold, type Untold } from "./overlays.ts";
import type { Decision } from "./plan.ts";

/** What a guest would spoil by running, as `findOverlays` names it. */
interface Spoilt {
  readonly overlays: readonly string[];
  /** Those for which the guest may not run: of other guests, and all where it was made a base. */
  readonly held: readonly string[];
  /** Of a guest that was made a base: why nobody can tell whether there are others. */
  readonly untold: Untold | null;
}

/** What guests would spoil if they ran: images are read where a quick look says that something may be based on their disks. */
export async function findSpoilt(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  definitions: NextDefinitions,
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => Spoilt> {
  const hintOf = await basesToStart(cluster, guests, definitions, signal);
  const bases = guests.filter((guest) => hintOf(guest) !== null);
  const overlaysOf = await findOverlays(cluster, bases, signal);
  return (guest) => {
    const { names: overlays, untold } = overlaysOf(guest);
    return hintOf(guest) === "marked"
      ? { overlays, held: overlays, untold }
      : { overlays, held: overlays.filter(isOfGuest), untold: null };
  };
}

/** Refuses those of the guests that may not run, and would by themselves when their node starts; of others it says nothing. */
export async function refuseAutostart(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => Decision | undefined> {
  const spoiltBy = await findSpoilt(cluster, guests, nextDefinitions(signal), signal);
  return (guest) => {
    if (!guests.includes(guest)) return undefined;
    const { held, untold } = spoiltBy(guest);
    if (held.length > 0) return refuseBase(guest.node, held);
    const anyway = `mclu virsh ${quote(guest.node.name)} -- autostart ${guest.uuid}`;
    return untold === null ? undefined : refuseUntold(untold, anyway);
  };
}

/** NODE/GUEST; an image that no guest has is a path. */
function isOfGuest(overlay: string): boolean {
  return !overlay.startsWith("/");
}
