import type { Cluster } from "../cluster/cluster.ts";
import { chooseGuests, type GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { change, type Decision, makePlan, type Plan, refusal } from "./plan.ts";

/** What is done to a guest that runs, at once, by one virsh command. */
export type PowerVerb = "reboot" | "reset" | "pause" | "resume";

/** What one of these verbs will do. Throws UserError as `chooseGuests` does. */
export async function planPower(
  cluster: Cluster,
  verb: PowerVerb,
  choice: GuestChoice,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Plan> {
  const found = await chooseGuests(cluster, choice, options);
  return makePlan({ verb, asks: found.broad && verb !== "resume" }, found, decisions[verb]);
}

const decisions: Readonly<Record<PowerVerb, (guest: FoundGuest) => Decision>> = {
  reboot(guest) {
    const { uuid, state } = guest;
    if (state === "running" || state === "idle")
      return change({ will: "reboot", done: "asked to reboot" }, [{ virsh: ["reboot", uuid] }]);
    return notRunning(guest);
  },
  reset(guest) {
    const { uuid, state } = guest;
    if (state === "running" || state === "idle" || state === "paused" || state === "in shutdown")
      return change({ will: "reset", done: "reset" }, [{ virsh: ["reset", uuid] }]);
    return notRunning(guest);
  },
  pause(guest) {
    const { uuid, state } = guest;
    if (state === "paused") return { verdict: "already", why: "already paused" };
    if (state === "running" || state === "idle")
      return change({ will: "pause", done: "paused" }, [{ virsh: ["suspend", uuid] }], ["paused"]);
    return notRunning(guest);
  },
  resume(guest) {
    const { uuid, state } = guest;
    const words = { will: "resume", done: "resumed" };
    if (state === "running" || state === "idle") return { verdict: "already", why: "already running" };
    if (state === "paused") return change(words, [{ virsh: ["resume", uuid] }], ["running", "idle"]);
    if (state === "pmsuspended") return change(words, [{ virsh: ["dompmwakeup", uuid] }], ["running", "idle"]);
    return notRunning(guest);
  },
};

function notRunning(guest: FoundGuest): Decision {
  const { state } = guest;
  const place = guestPlace(guest);
  const type =
    state === "crashed" ? "mclu destroy" : state === "paused" || state === "pmsuspended" ? "mclu resume" : "mclu start";
  return refusal(`it is ${state ?? "in no known state"}`, `${type} ${place}`);
}
