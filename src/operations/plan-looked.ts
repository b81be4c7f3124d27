import type { Cluster } from "../cluster/cluster.ts";
import type { GuestLook } from "../libvirt/guest-look.ts";
import { chooseGuests, type GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { isLook, lookAtGuests } from "./look-at-guests.ts";
import { type Decision, makePlan, type Plan } from "./plan.ts";

/**
 * Plans what is decided for each guest by a look at it; one that cannot be looked at is refused. The user is asked nothing. Throws
 * UserError as `chooseGuests` does.
 * @param object what stands against a change of the guests that are to be changed, where a look does not say it
 */
export async function planLooked(
  cluster: Cluster,
  verb: Plan["verb"],
  choice: GuestChoice,
  signal: AbortSignal | undefined,
  decide: (guest: FoundGuest, look: GuestLook) => Decision,
  object?: (guests: readonly FoundGuest[]) => Promise<(guest: FoundGuest) => Decision | undefined>,
): Promise<Plan> {
  const found = await chooseGuests(cluster, choice, { signal });
  const look = await lookAtGuests(cluster, found.guests, signal);
  const decideOne = (guest: FoundGuest) => {
    const seen = look(guest);
    return isLook(seen) ? decide(guest, seen) : seen;
  };
  const objection = await object?.(found.guests.filter((guest) => decideOne(guest).verdict === "change"));
  return makePlan({ verb, asks: false }, found, (guest) => objection?.(guest) ?? decideOne(guest));
}
