import type { Cluster } from "../cluster/cluster.ts";
import { type ChosenGuests, chooseGuests, type GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { change, type Decision, makePlan, type Plan, refusal } from "./plan.ts";

export interface StartOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What `start` will do. Throws UserError as `chooseGuests` does. */
export async function planStart(cluster: Cluster, choice: GuestChoice, options: StartOptions = {}): Promise<Plan> {
  const found: ChosenGuests = await chooseGuests(cluster, choice, options);
  return makePlan({ verb: "start", asks: false }, found, decideStart);
}

function decideStart(guest: FoundGuest): Decision {
  const { uuid, state } = guest;
  switch (state) {
    case "running":
    case "idle":
      return { verdict: "already", why: "already running" };
    case "paused":
      return refusal("it is paused, not off", `mclu resume ${guestPlace(guest)}`);
    case "pmsuspended":
      return refusal("it sleeps, and is not off", `mclu resume ${guestPlace(guest)}`);
    case "in shutdown":
      return refusal("it is shutting down", `mclu wait ${guestPlace(guest)} --for 'shut off'`);
    default:
      return change({ will: "start", done: "started" }, [{ virsh: ["start", uuid] }], ["running", "idle"]);
  }
}
