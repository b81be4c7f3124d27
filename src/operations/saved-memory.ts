import type { Action } from "../libvirt/change.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";

/** For what saved memory stands against: resumed, or given up. */
export function dropSaved(guest: FoundGuest): string {
  const drop = `mclu virsh ${guest.node.name} -- managedsave-remove ${guest.uuid}`;
  return `mclu start ${guestPlace(guest)} resumes it; or, to lose what was in its memory: ${drop}`;
}

/** Goes on only where a guest has no saved memory, which counts on its disks being as they were. */
export function unlessSaved(uuid: string): Action {
  // virsh pads its labels to 15
  return { has: ["dominfo", uuid], text: "Managed save:   no", why: "it was saved meanwhile" };
}
