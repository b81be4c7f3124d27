import type { Action } from "../../libvirt/change.ts";
import { attribute, child, parseXml } from "../../libvirt/xml.ts";
import { setAttribute, setText } from "../../libvirt/xml-edit.ts";
import { formatExactSize } from "../../size.ts";
import { guestPlace } from "../guest-place.ts";
import { refusal } from "../plan.ts";
import type { SettingDecision, Subject } from "./setting.ts";

/**
 * What `memory=SIZE` does. A guest whose maximum is more than it has keeps that maximum, where SIZE fits in; else both
 * become SIZE. A running guest's balloon follows at once, up to the maximum that it runs with.
 */
export function setMemory(wanted: number, { guest, look, limits, live }: Subject): SettingDecision {
  const { uuid } = guest;
  const { maximum, current } = look.next.memory;
  const now = look.details.memory;
  if (maximum === null || current === null) return refusal("its definition does not say how much memory it has", null);
  const domain = parseXml(look.xml.next, "domain");
  if (child(domain, "cpu", "numa"))
    return refusal("its memory is divided among NUMA cells", `change them: mclu edit ${guestPlace(guest)}`);
  const keepsMaximum = wanted === maximum || (wanted < maximum && current < maximum);
  const size = `${wanted / 1024}KiB`;
  const config: Action[] = [
    ...(keepsMaximum ? [] : [{ virsh: ["setmaxmem", uuid, "--size", size, "--config"] }]),
    // with the maximum libvirt lowers what is above it
    ...(wanted === current || (!keepsMaximum && wanted < maximum)
      ? []
      : [{ virsh: ["setmem", uuid, "--size", size, "--config"] }]),
  ];
  const hasBalloon = attribute(child(domain, "devices", "memballoon"), "model") !== "none";
  const differs = live && wanted !== now.current;
  const fits = hasBalloon && now.maximum !== null && wanted <= now.maximum;
  const actions: Action[] = [
    ...(differs && fits ? [{ virsh: ["setmem", uuid, "--size", size, "--live"] }] : []),
    ...(look.persistent ? config : []),
  ];
  if (actions.length === 0) {
    if (!differs || look.persistent) return undefined;
    return refusal(`it is transient, and runs with at most ${formatExactSize(now.maximum ?? 0)}`, null);
  }
  const most = formatExactSize(now.maximum ?? 0);
  const { memory } = limits.host;
  return {
    words: `memory=${formatExactSize(wanted)}`,
    actions,
    edit(root) {
      setText(root, "memory", String((keepsMaximum ? maximum : wanted) / 1024));
      setAttribute(child(root, "memory"), "unit", "KiB");
      setText(root, "currentMemory", String(wanted / 1024), ["memory"]);
      setAttribute(child(root, "currentMemory"), "unit", "KiB");
    },
    notes: wanted > memory ? [`${guest.node.name} itself has ${formatExactSize(memory)}`] : [],
    later: differs && !fits ? (hasBalloon ? `it runs with at most ${most}` : "it has no balloon") : null,
  };
}
