import type { Cluster } from "../../cluster/cluster.ts";
import type { Action } from "../../libvirt/change.ts";
import { removeElement } from "../../libvirt/xml-edit.ts";
import type { GuestChoice } from "../choose-guests.ts";
import { decideDevice, type Scope, scopeOf, untilGone } from "../device-change.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import type { Decision, Plan } from "../plan.ts";
import { type FoundNic, findNic, nicElement } from "./find-nic.ts";

/**
 * What `nic remove` will do. Throws UserError as `chooseGuests` does.
 * @param mac undefined: the guest's only card
 */
export async function planRemoveNic(
  cluster: Cluster,
  choice: GuestChoice,
  mac: string | undefined,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Plan> {
  const { plan } = await lookAtChosen(cluster, choice, { signal });
  return plan("nic remove", (one) => decide(one, mac), { deed: "take a network card from" });
}

function decide(one: SeenGuest, wanted: string | undefined): Decision {
  const found = findNic(one, wanted);
  if (!("mac" in found)) return found;
  const { mac } = found;
  const { uuid } = one.guest;
  return decideDevice(one, {
    will: `remove card ${mac}`,
    done: `removed ${mac}`,
    actions: [...detachments(uuid, found), ...(found.live ? [untilGone(uuid, `<mac address='${mac}'/>`)] : [])],
    edit(domain) {
      const element = nicElement(domain, mac);
      if (element) removeElement(element);
    },
    plugs: found.live,
    later: null,
  });
}

/** virsh finds a card by its kind as well: one that will be of another kind takes a command for each. */
function detachments(uuid: string, { mac, now, next, ...scope }: FoundNic): readonly Action[] {
  const detach = (type: string, where: Scope): Action => ({
    virsh: ["detach-interface", uuid, type, "--mac", mac, ...scopeOf(where)],
  });
  if (!now || !next || now.type === next.type) return [detach((now ?? next)?.type ?? "network", scope)];
  // what may fail comes first
  return [detach(now.type, { live: true, config: false }), detach(next.type, { live: false, config: true })];
}
