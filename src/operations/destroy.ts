import type { Cluster } from "../cluster/cluster.ts";
import { isActive } from "../libvirt/domains.ts";
import type { GuestLook } from "../libvirt/guest-look.ts";
import { chooseGuests, type GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { isLook, lookAtGuests } from "./look-at-guests.ts";
import { change, type Decision, makePlan, type Plan } from "./plan.ts";
import { refuseProtected, unlessProtected } from "./protection.ts";
import { off } from "./stop.ts";

/** What `destroy` will do: power off at once, and nothing else. Throws UserError as `chooseGuests` does. */
export async function planDestroy(
  cluster: Cluster,
  choice: GuestChoice,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Plan> {
  const found = await chooseGuests(cluster, choice, { signal });
  const running = found.guests.filter(({ state }) => state === null || isActive(state));
  const look = await lookAtGuests(cluster, running, signal);
  return makePlan({ verb: "destroy", asks: found.broad }, found, (guest) => {
    if (!running.includes(guest)) return { verdict: "already", why: "already off" };
    const found = look(guest);
    return isLook(found) ? decide(guest, found) : found;
  });
}

function decide(guest: FoundGuest, look: GuestLook): Decision {
  if (look.protected) return refuseProtected(guest);
  const { uuid } = guest;
  const actions = [unlessProtected(uuid), { virsh: ["destroy", uuid] }];
  const disks = look.next.disks.flatMap(({ source, device }) => (source !== null && device === "disk" ? [source] : []));
  const kept = disks.length === 0 ? "" : look.persistent ? ` and ${disks.join(", ")}` : disks.join(", ");
  return {
    ...change({ will: "power off", done: "powered off" }, actions, off),
    notes: look.persistent ? [] : ["it is transient, defined nowhere: once it is off only its disks are left"],
    after: look.persistent
      ? `its definition${kept} stay${disks.length === 0 ? "s" : ""}; mclu delete ${guestPlace(guest)} removes the guest`
      : `it was transient and is gone; what stays: ${kept === "" ? "nothing" : kept}`,
  };
}
