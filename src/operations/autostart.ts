import type { Cluster } from "../cluster/cluster.ts";
import type { GuestChoice } from "./choose-guests.ts";
import { change, type Plan, refusal } from "./plan.ts";
import { planLooked } from "./plan-looked.ts";

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
  return planLooked(cluster, "autostart", choice, signal, ({ uuid }, { persistent, autostart }) => {
    if (!persistent) return refusal("it is transient: nothing of it is left when its node starts", null);
    if (autostart !== off) return { verdict: "already", why: `already so: ${words.done}` };
    return change(words, [{ virsh: ["autostart", uuid, ...(off ? ["--disable"] : [])] }]);
  });
}
