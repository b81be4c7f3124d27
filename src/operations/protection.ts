import type { Cluster } from "../cluster/cluster.ts";
import type { Action } from "../libvirt/change.ts";
import { type GuestLook, protectionNamespace } from "../libvirt/guest-look.ts";
import type { GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { markAction } from "./metadata-mark.ts";
import { change, type Decision, type Plan, refusal } from "./plan.ts";
import { planLooked } from "./plan-looked.ts";

/**
 * What `protect` or `unprotect` will do: a mark in the guest's own metadata, which goes where the guest goes. Throws
 * UserError as `chooseGuests` does.
 */
export function planProtection(
  cluster: Cluster,
  verb: "protect" | "unprotect",
  choice: GuestChoice,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Plan> {
  return planLooked(cluster, verb, choice, signal, (guest, look) => decide(verb, guest, look));
}

const mark = { namespace: protectionNamespace, key: "mclu-protection", element: "<protected/>" };

function decide(verb: "protect" | "unprotect", guest: FoundGuest, look: GuestLook): Decision {
  const wanted = verb === "protect";
  if (look.protected === wanted) return { verdict: "already", why: wanted ? "already protected" : "not protected" };
  const action = markAction(guest, look, mark, wanted);
  return change({ will: verb, done: wanted ? "protected" : "no longer protected" }, [action]);
}

/** For what would harm a protected guest. */
export function refuseProtected(guest: FoundGuest): Decision {
  return refusal("it is protected", `mclu unprotect ${guestPlace(guest)}`);
}

/** The same, asked on the node just before. */
export function unlessProtected(uuid: string): Action {
  return { unless: ["metadata", uuid, "--uri", protectionNamespace], why: "it is protected: mclu unprotect" };
}
