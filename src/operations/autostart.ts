import type { Cluster } from "../cluster/cluster.ts";
import type { GuestLook } from "../libvirt/guest-look.ts";
import type { GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { change, type Decision, type Plan, refusal } from "./plan.ts";
import { planLooked } from "./plan-looked.ts";
import { refuseAutostart } from "./spoilt.ts";

export interface AutostartOptions {
  /** Not to start it with its node any more. */
  readonly off?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What `autostart` will do. Throws UserError as `chooseGuests` does. */
export async function planAutostart(
  cluster: Cluster,
  choice: GuestChoice,
  { off = false, signal }: AutostartOptions = {},
): Promise<Plan> {
  const words = off
    ? { will: "no longer start with its node", done: "does not start with its node" }
    : { will: "start with its node", done: "starts with its node" };
  const decide = ({ uuid }: FoundGuest, { persistent, autostart }: GuestLook): Decision => {
    if (!persistent) return refusal("it is transient: nothing of it is left when its node starts", null);
    if (autostart !== off) return { verdict: "already", why: `already so: ${words.done}` };
    return change(words, [{ virsh: ["autostart", uuid, ...(off ? ["--disable"] : [])] }]);
  };
  const object = off ? undefined : (guests: readonly FoundGuest[]) => refuseAutostart(cluster, guests, signal);
  return planLooked(cluster, "autostart", choice, signal, decide, object);
}
