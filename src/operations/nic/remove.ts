import type { Cluster } from "../../cluster/cluster.ts";
import { removeElement } from "../../libvirt/xml-edit.ts";
import type { GuestChoice } from "../choose-guests.ts";
import { decideDevice, scopeOf, untilGone } from "../device-change.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import type { Decision, Plan } from "../plan.ts";
import { findNic, nicElement } from "./find-nic.ts";

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
  const { mac, now, next } = found;
  const { uuid } = one.guest;
  return decideDevice(one, {
    will: `remove card ${mac}`,
    done: `removed ${mac}`,
    actions: [
      { virsh: ["detach-interface", uuid, (now ?? next)?.type ?? "network", "--mac", mac, ...scopeOf(found)] },
      ...(found.live ? [untilGone(uuid, `<mac address='${mac}'/>`)] : []),
    ],
    edit(domain) {
      const element = nicElement(domain, mac);
      if (element) removeElement(element);
    },
    later: null,
  });
}
