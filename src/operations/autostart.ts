import type { Cluster } from "../cluster/cluster.ts";
import { chooseGuests, type GuestChoice } from "./choose-guests.ts";
import { isLook, lookAtGuests } from "./look-at-guests.ts";
import { change, makePlan, type Plan, refusal } from "./plan.ts";

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
  const found = await chooseGuests(cluster, choice, { signal });
  const look = await lookAtGuests(cluster, found.guests, signal);
  const words = off
    ? { will: "no longer start with its node", done: "does not start with its node" }
    : { will: "start with its node", done: "starts with its node" };
  return makePlan({ verb: "autostart", asks: false }, found, (guest) => {
    const found = look(guest);
    if (!isLook(found)) return found;
    if (!found.persistent) return refusal("it is transient: nothing of it is left when its node starts", null);
    if (found.autostart !== off) return { verdict: "already", why: `already so: ${words.done}` };
    return change(words, [{ virsh: ["autostart", guest.uuid, ...(off ? ["--disable"] : [])] }]);
  });
}
