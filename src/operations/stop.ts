import type { Cluster } from "../cluster/cluster.ts";
import type { CurrentState } from "../libvirt/change.ts";
import { isActive } from "../libvirt/domains.ts";
import { chooseGuests, type GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { isLook, lookAtGuests } from "./look-at-guests.ts";
import { change, type Decision, makePlan, type Plan, refusal } from "./plan.ts";
import { refuseProtected, unlessProtected } from "./protection.ts";

export interface StopOptions {
  /** Power it off when it has not switched itself off by the timeout, or cannot. */
  readonly force?: boolean | undefined;
  /** Seconds a guest gets to switch itself off. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** States of a guest that is off. */
export const off: readonly CurrentState[] = ["shut off", "gone"];
const defaultTimeout = 120;

/** What `stop` will do. Throws UserError as `chooseGuests` does. */
export async function planStop(cluster: Cluster, choice: GuestChoice, options: StopOptions = {}): Promise<Plan> {
  const found = await chooseGuests(cluster, choice, options);
  const isOn = ({ state }: FoundGuest) => state === null || isActive(state);
  const look = options.force ? await lookAtGuests(cluster, found.guests.filter(isOn), options.signal) : undefined;
  return makePlan({ verb: "stop", asks: found.broad }, found, (guest) => {
    if (!isOn(guest)) return { verdict: "already", why: "already off" };
    const seen = look?.(guest);
    if (seen && !isLook(seen)) return seen;
    return seen?.protected ? refuseProtected(guest) : decideStop(guest, options);
  });
}

/** What `stop` does with a guest that is on. */
export function decideStop(guest: FoundGuest, { force = false, timeout = defaultTimeout }: StopOptions = {}): Decision {
  const { uuid, state } = guest;
  const destroy = [unlessProtected(uuid), { virsh: ["destroy", uuid] }];
  // only what runs can be asked to switch itself off
  if (state === "paused" || state === "pmsuspended" || state === "crashed") {
    if (force) return change({ will: "power off", done: "powered off" }, destroy, off);
    const place = guestPlace(guest);
    const powerOff = `power it off: mclu stop --force ${place}`;
    if (state === "crashed") return refusal("it has crashed and cannot switch itself off", powerOff);
    const why = `it ${state === "paused" ? "is paused" : "sleeps"} and cannot switch itself off`;
    return refusal(why, `mclu resume ${place}, or ${powerOff}`);
  }
  return {
    // libvirt takes the agent where one is connected, and ACPI where none is or it does not answer
    ...change({ will: "stop", done: "stopped" }, [{ virsh: ["shutdown", uuid] }], off),
    wait: { seconds: timeout, again: [{ virsh: ["shutdown", uuid, "--mode", "acpi"] }], force: force ? destroy : [] },
  };
}
