import type { Cluster } from "../cluster/cluster.ts";
import { isActive } from "../libvirt/domains.ts";
import type { GuestLook } from "../libvirt/guest-look.ts";
import { type ChooseOptions, chooseGuests, type GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import type { NodeAnswer } from "./list.ts";
import { isLook, lookAtGuests } from "./look-at-guests.ts";
import { type Decision, makePlan, type Plan } from "./plan.ts";

/** A guest that is to be changed, and what it is. */
export interface SeenGuest {
  readonly guest: FoundGuest;
  readonly look: GuestLook;
  /** Whether it holds memory: it runs, sleeps or is paused. */
  readonly live: boolean;
}

export interface ChosenLook {
  /** Those that could be looked at. */
  readonly seen: readonly SeenGuest[];
  /** Who was asked for the guests. */
  readonly nodes: readonly NodeAnswer[];
  /** Decides for each of them; what could not be looked at is refused. What a pattern chose is asked about first. */
  plan(
    verb: string,
    decide: (seen: SeenGuest) => Decision,
    how?: { readonly asks?: boolean; readonly deed?: string },
  ): Plan;
}

/** Finds the guests that a change is about and looks at them. Throws UserError as `chooseGuests` does. */
export async function lookAtChosen(cluster: Cluster, choice: GuestChoice, options: ChooseOptions): Promise<ChosenLook> {
  const found = await chooseGuests(cluster, choice, options);
  const look = await lookAtGuests(cluster, found.guests, options.signal);
  const see = (guest: FoundGuest): SeenGuest | Decision => {
    const own = look(guest);
    return isLook(own) ? { guest, look: own, live: guest.state === null || isActive(guest.state) } : own;
  };
  return {
    seen: found.guests.flatMap((guest) => {
      const own = see(guest);
      return "look" in own ? [own] : [];
    }),
    nodes: found.nodes,
    plan: (verb, decide, { asks = false, ...deed } = {}) =>
      makePlan({ verb, ...deed, asks: asks || found.broad }, found, (guest) => {
        const own = see(guest);
        return "look" in own ? decide(own) : own;
      }),
  };
}
