import type { Action } from "../../libvirt/change.ts";
import { wholeNumber } from "../../libvirt/number.ts";
import { attribute, child, parseXml } from "../../libvirt/xml.ts";
import { setAttribute, setText } from "../../libvirt/xml-edit.ts";
import { guestPlace } from "../guest-place.ts";
import { refusal } from "../plan.ts";
import type { SettingDecision, Subject } from "./setting.ts";

/**
 * What `vcpus=N` does. A guest whose maximum is more than it has keeps that maximum, where N fits in; else both become N.
 * A running guest is given more at once; taking some back is left to the next start, since it would have to let them go.
 */
export function setVcpus(wanted: number, { guest, look, limits, live }: Subject): SettingDecision {
  const { uuid } = guest;
  const { maximum, current } = look.next.vcpus;
  const now = look.details.vcpus;
  if (maximum === null || current === null) return refusal("its definition does not say how many vCPUs it has", null);
  const limit = limits.vcpus.get(look.next.type) ?? null;
  if (limit !== null && wanted > limit)
    return refusal(
      `vcpus=${wanted} is more than ${look.next.type} on ${guest.node.name} can give, at most ${limit}`,
      `mclu set ${guestPlace(guest)} vcpus=${limit}`,
    );
  const topology = topologySize(look.xml.next);
  if (topology !== null && wanted > topology)
    return refusal(
      `its CPU topology has ${topology} vCPUs, and ${wanted} are wanted`,
      `change sockets, cores and threads as well: mclu edit ${guestPlace(guest)}`,
    );
  const keepsMaximum = wanted === maximum || (wanted < maximum && (current < maximum || topology !== null));
  const config: Action[] = [];
  const set = (...scope: string[]): Action => ({ virsh: ["setvcpus", uuid, String(wanted), ...scope] });
  if (look.persistent) {
    if (!keepsMaximum && wanted > maximum) config.push(set("--maximum", "--config"));
    if (wanted !== current) config.push(set("--config"));
    if (!keepsMaximum && wanted < maximum) config.push(set("--maximum", "--config"));
  }
  const differs = live && wanted !== now.current;
  const fits = now.current !== null && now.maximum !== null && wanted > now.current && wanted <= now.maximum;
  if (config.length === 0 && !(differs && fits)) {
    if (!differs || look.persistent) return undefined;
    return refusal(`it is transient, and runs with ${now.current ?? "?"} of ${now.maximum ?? "?"} vCPUs`, null);
  }
  const what =
    wanted > (now.maximum ?? 0) ? `it runs with at most ${now.maximum ?? "?"}` : "it keeps what it has until then";
  const many = wanted > limits.host.cpus ? [`${guest.node.name} itself has ${limits.host.cpus} CPUs`] : [];
  return {
    words: `vcpus=${wanted}`,
    actions: [...(differs && fits ? [set("--live")] : []), ...config],
    edit(domain) {
      const most = keepsMaximum ? maximum : wanted;
      setText(domain, "vcpu", String(most));
      setAttribute(child(domain, "vcpu"), "current", wanted < most ? String(wanted) : null);
    },
    notes: many,
    later: differs && !fits ? what : null,
  };
}

/** vCPUs that a topology has; null: it has none. */
function topologySize(xml: string): number | null {
  const topology = child(parseXml(xml, "domain"), "cpu", "topology");
  if (!topology) return null;
  const count = (name: string) => wholeNumber(attribute(topology, name)) ?? 1;
  return count("sockets") * count("dies") * count("clusters") * count("cores") * count("threads");
}
