import type { Cluster } from "../../cluster/cluster.ts";
import type { Action } from "../../libvirt/change.ts";
import { nicText } from "../../libvirt/device-text.ts";
import { removeElement } from "../../libvirt/xml-edit.ts";
import type { GuestChoice } from "../choose-guests.ts";
import { decideDevice, type Scope, scopeOf, untilGone } from "../device-change.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import { type Decision, type Plan, refusal } from "../plan.ts";
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
  const { mac, live, config } = found;
  const { guest, look } = one;
  const [running, next] = [live ? nicText(look.xml.now, mac) : "", config ? nicText(look.xml.next, mac) : ""];
  if (running === undefined || next === undefined) return refusal(`its definition of ${mac} cannot be read`, null);
  return decideDevice(one, {
    will: `remove card ${mac}`,
    done: `removed ${mac}`,
    actions: [
      // what may fail comes first
      ...(live
        ? [
            detach(guest.uuid, running, { live: true, config: false }),
            untilGone(one, `<mac address='${mac}'/>`, config),
          ]
        : []),
      ...(config ? [detach(guest.uuid, next, { live: false, config: true })] : []),
    ],
    edit(domain) {
      const element = nicElement(domain, mac);
      if (element) removeElement(element);
    },
    plugs: found,
    later: null,
  });
}

/** By its own definition: as it runs it may be a card of another kind, and detach-interface goes by the kind as well. */
function detach(uuid: string, card: string, scope: Scope): Action {
  return { virsh: ["detach-device", uuid, "/dev/stdin", ...scopeOf(scope)], input: card };
}
