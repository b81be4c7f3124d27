import type { Cluster } from "../cluster/cluster.ts";
import type { Action } from "../libvirt/change.ts";
import { isActive } from "../libvirt/domains.ts";
import { type GuestLook, protectionNamespace } from "../libvirt/guest-look.ts";
import { chooseGuests, type GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { isLook, lookAtGuests } from "./look-at-guests.ts";
import { change, type Decision, makePlan, type Plan, refusal } from "./plan.ts";

/**
 * What `protect` or `unprotect` will do: a mark in the guest's own metadata, which goes where the guest goes. Throws
 * UserError as `chooseGuests` does.
 */
export async function planProtection(
  cluster: Cluster,
  verb: "protect" | "unprotect",
  choice: GuestChoice,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Plan> {
  const found = await chooseGuests(cluster, choice, { signal });
  const look = await lookAtGuests(cluster, found.guests, signal);
  return makePlan({ verb, asks: false }, found, (guest) => {
    const found = look(guest);
    return isLook(found) ? decide(verb, guest, found) : found;
  });
}

function decide(verb: "protect" | "unprotect", { uuid, state }: FoundGuest, look: GuestLook): Decision {
  const wanted = verb === "protect";
  if (look.protected === wanted) return { verdict: "already", why: wanted ? "already protected" : "not protected" };
  const mark = wanted ? ["--key", "mclu-protection", "--set", "<protected/>"] : ["--remove"];
  const scope = [...(look.persistent ? ["--config"] : []), ...(state !== null && isActive(state) ? ["--live"] : [])];
  const virsh = ["metadata", uuid, "--uri", protectionNamespace, ...mark, ...scope];
  return change({ will: verb, done: wanted ? "protected" : "no longer protected" }, [{ virsh }]);
}

/** For what would harm a protected guest. */
export function refuseProtected(guest: FoundGuest): Decision {
  return refusal("it is protected", `mclu unprotect ${guestPlace(guest)}`);
}

/** The same, asked on the node just before. */
export function unlessProtected(uuid: string): Action {
  return { unless: ["metadata", uuid, "--uri", protectionNamespace], why: "it is protected: mclu unprotect" };
}
