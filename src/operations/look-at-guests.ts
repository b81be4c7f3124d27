import type { Cluster } from "../cluster/cluster.ts";
import { type GuestLook, guestLookQuery } from "../libvirt/guest-look.ts";
import { askOfGuests } from "./ask-of-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { type Decision, refusal } from "./plan.ts";

/** Looks at guests before they are changed, all nodes at once. Gives for each what was found, or why nothing may be done. */
export async function lookAtGuests(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => GuestLook | Decision> {
  const found = await askOfGuests(
    cluster,
    guests,
    (node, own) => node.ask(guestLookQuery(own.map(({ uuid }) => uuid)), { signal, patient: true }),
    signal,
  );
  return (guest) => found(guest) ?? refusal("libvirt cannot show what it is", `mclu info ${guest.uuid}`);
}

export function isLook(found: GuestLook | Decision): found is GuestLook {
  return "details" in found;
}
