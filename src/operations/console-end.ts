import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import { UserError } from "../errors.ts";
import { statesQuery } from "../libvirt/change.ts";
import { isActive } from "../libvirt/domains.ts";
import { askOne } from "./ask-one.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";

/** How often a guest whose console ended is looked at, and the milliseconds from one look to the next. */
const looks = 10;
const lookPace = 200;

/** How virsh ended, and what it said. */
interface VirshEnd {
  readonly code: number;
  readonly said: string;
}

/**
 * Resolves when a guest whose console ended is off, or gone: one that is switched off lets go of its console some time
 * before libvirt says that it is off. Throws UserError (exit 1) with the reason where it runs on.
 */
export async function untilGone(
  cluster: Cluster,
  guest: FoundGuest,
  end: VirshEnd,
  { isHeld, signal }: { readonly isHeld: () => Promise<boolean>; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { node, uuid } = guest;
  for (let look = 0; look < looks; look++) {
    if (look > 0) await sleep(lookPace, undefined, { signal });
    const [state = null] = await askOne(cluster, node, () => node.ask(statesQuery([uuid]), { signal }), signal);
    if (state === "gone" || (state !== null && !isActive(state))) return;
    if (await isHeld()) throw endedBy(guest, end, true);
  }
  throw endedBy(guest, end, false);
}

/** Why virsh ended though the guest runs. */
function endedBy(guest: FoundGuest, { code, said }: VirshEnd, isHeld: boolean): UserError {
  const { name, node } = guest;
  const hint = `mclu console ${guestPlace(guest)}; where another session is attached: --force`;
  if (isHeld) return new UserError(`another session took the console of ${name} over`, { hint });
  const why = said.split("\n")[0]?.replace(/^error: /, "") || `virsh's exit code is ${code}`;
  return new UserError(`the console of ${name} ended on ${node.name}: ${why}`, { hint });
}
