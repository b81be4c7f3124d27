import type { Action } from "../libvirt/change.ts";
import { isActive } from "../libvirt/domains.ts";
import type { GuestLook } from "../libvirt/guest-look.ts";
import type { FoundGuest } from "./find-guest.ts";

/** A mark of ours in a guest's own metadata, which goes where the guest goes. */
export interface Mark {
  readonly namespace: string;
  /** What libvirt shall call it: the prefix of its element. */
  readonly key: string;
  /** `<protected/>` */
  readonly element: string;
}

/** Sets or removes a mark: in the definition, and in the guest that runs. */
export function markAction(
  { uuid, state }: Pick<FoundGuest, "uuid" | "state">,
  { persistent }: Pick<GuestLook, "persistent">,
  { namespace, key, element }: Mark,
  wanted: boolean,
): Action {
  const what = wanted ? ["--key", key, "--set", element] : ["--remove"];
  const scope = [...(persistent ? ["--config"] : []), ...(state !== null && isActive(state) ? ["--live"] : [])];
  return { virsh: ["metadata", uuid, "--uri", namespace, ...what, ...scope] };
}
