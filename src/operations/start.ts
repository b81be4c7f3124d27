import type { Cluster } from "../cluster/cluster.ts";
import { type ChosenGuests, chooseGuests, type GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { type Decision, makePlan, type Plan } from "./plan.ts";

export interface StartOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What `start` will do. Throws UserError as `chooseGuests` does. */
export async function planStart(cluster: Cluster, choice: GuestChoice, options: StartOptions = {}): Promise<Plan> {
  const found: ChosenGuests = await chooseGuests(cluster, choice, options);
  return makePlan("start", found, decideStart);
}

function decideStart(guest: FoundGuest): Decision {
  const { uuid, state } = guest;
  const refuse = (why: string, hint: string): Decision => ({ verdict: "refused", why, hint });
  switch (state) {
    case "running":
    case "idle":
      return { verdict: "already", why: "already running" };
    case "paused":
      return refuse("it is paused, not off", `mclu resume ${guestPlace(guest)}`);
    case "pmsuspended":
      return refuse("it sleeps, and is not off", `mclu resume ${guestPlace(guest)}`);
    case "in shutdown":
      return refuse("it is shutting down", `mclu wait ${guestPlace(guest)} --for 'shut off'`);
    default:
      return {
        verdict: "change",
        will: "start",
        done: "started",
        actions: [{ virsh: ["start", uuid] }],
        wait: null,
        goal: ["running", "idle"],
        notes: [],
      };
  }
}
