import type { Cluster } from "../cluster/cluster.ts";
import { isActive } from "../libvirt/domains.ts";
import { chooseGuests, type GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { type Decision, makePlan, type Plan } from "./plan.ts";

export interface StopOptions {
  /** Power it off when it has not switched itself off by the timeout, or cannot. */
  readonly force?: boolean | undefined;
  /** Seconds a guest gets to switch itself off. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface StopPlan extends Plan {
  /** Whether the user has to agree first. */
  readonly broad: boolean;
}

const defaultTimeout = 120;

/** What `stop` will do. Throws UserError as `chooseGuests` does. */
export async function planStop(cluster: Cluster, choice: GuestChoice, options: StopOptions = {}): Promise<StopPlan> {
  const found = await chooseGuests(cluster, choice, options);
  return { ...makePlan("stop", found, (guest) => decideStop(guest, options)), broad: found.broad };
}

function decideStop(guest: FoundGuest, { force = false, timeout = defaultTimeout }: StopOptions): Decision {
  const { uuid, state } = guest;
  if (state !== null && !isActive(state)) return { verdict: "already", why: "already off" };
  const change = { verdict: "change", done: "stopped", goal: ["shut off", "crashed", "gone"], notes: [] } as const;
  const destroy = { virsh: ["destroy", uuid] };
  // only what runs can be asked to switch itself off
  if (state === "paused" || state === "pmsuspended") {
    if (force) return { ...change, will: "power off", actions: [destroy], wait: null };
    const why = `it ${state === "paused" ? "is paused" : "sleeps"} and cannot switch itself off`;
    const place = guestPlace(guest);
    return { verdict: "refused", why, hint: `mclu resume ${place}, or power it off: mclu stop --force ${place}` };
  }
  return {
    ...change,
    will: "stop",
    // libvirt takes the agent where one is connected, and ACPI where none is or it does not answer
    actions: [{ virsh: ["shutdown", uuid] }],
    wait: { seconds: timeout, again: [{ virsh: ["shutdown", uuid, "--mode", "acpi"] }], force: force ? [destroy] : [] },
  };
}
