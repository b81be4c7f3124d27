import { wholeNumber } from "../../libvirt/number.ts";
import { attribute, child, children, parseXml, type XmlElement } from "../../libvirt/xml.ts";
import { addElement, removeElement, setAttribute } from "../../libvirt/xml-edit.ts";
import { guestPlace } from "../guest-place.ts";
import { refusal } from "../plan.ts";
import { type BootDevice, bootDevices } from "./assignments.ts";
import type { SettingDecision, Subject } from "./setting.ts";

/** What `boot=cdrom` does: these devices first, then what was tried before. virsh has no verb for it. */
export function setBoot(wanted: readonly BootDevice[], { guest, look, live }: Subject): SettingDecision {
  if (!look.persistent) return refusal("it is transient: nothing of it is left at its next start", null);
  const domain = parseXml(look.xml.next, "domain");
  const missing = wanted.find((device) => devicesOf(domain, device).length === 0);
  if (missing) return refusal(`it has no ${kinds[missing]} to boot from`, `${adding[missing]} ${guestPlace(guest)}`);
  const before = JSON.stringify(orderOf(domain));
  orderFirst(domain, wanted);
  if (JSON.stringify(orderOf(domain)) === before) return undefined;
  return {
    words: `boot=${wanted.join(",")}`,
    actions: [],
    edit: (root) => orderFirst(root, wanted),
    redefines: true,
    notes: [],
    later: live ? "it has booted" : null,
  };
}

const kinds: Readonly<Record<BootDevice, string>> = { hd: "disk", cdrom: "cdrom drive", network: "network card" };
const adding: Readonly<Record<BootDevice, string>> = {
  hd: "mclu disk add",
  cdrom: "mclu iso attach",
  network: "mclu nic add",
};

/** The devices of a kind, in the definition's order. */
function devicesOf(domain: XmlElement, kind: BootDevice): readonly XmlElement[] {
  const devices = child(domain, "devices");
  if (kind === "network") return children(devices, "interface");
  return children(devices, "disk").filter((disk) => {
    const device = attribute(disk, "device") ?? "disk";
    return kind === "cdrom" ? device === "cdrom" : device === "disk" || device === "lun";
  });
}

function ordered(domain: XmlElement): readonly { readonly element: XmlElement; readonly order: number }[] {
  return children(child(domain, "devices"))
    .flatMap((element) => {
      const order = wholeNumber(attribute(child(element, "boot"), "order"));
      return order === null ? [] : [{ element, order }];
    })
    .sort((a, b) => a.order - b.order);
}

function orderOf(domain: XmlElement): readonly string[] {
  const all = children(child(domain, "devices"));
  const own = ordered(domain).map(({ element }) => String(all.indexOf(element)));
  return [...children(child(domain, "os"), "boot").map((boot) => attribute(boot, "dev") ?? ""), ...own];
}

/** libvirt takes an order of kinds (`<os><boot dev=''/>`) or of single devices (`<boot order=''/>`), never both. */
function orderFirst(domain: XmlElement, wanted: readonly BootDevice[]): void {
  if (ordered(domain).length > 0) orderDevices(domain, wanted);
  else orderKinds(domain, wanted);
}

function orderKinds(domain: XmlElement, wanted: readonly BootDevice[]): void {
  const os = child(domain, "os");
  if (!os) throw new Error("libvirt writes <os> into every definition");
  const old = children(os, "boot");
  const before = old.flatMap((boot) => attribute(boot, "dev") ?? []);
  const rest = before.filter((device) => !bootDevices.some((known) => known === device && wanted.includes(known)));
  const order = [...wanted, ...rest];
  for (const [index, device] of order.entries()) {
    const boot =
      old[index] ?? addElement(os, { name: "boot", attributes: {}, content: [] }, ["nvram", "loader", "type"]);
    boot.setAttribute("dev", device);
  }
  for (const boot of old.slice(order.length)) removeElement(boot);
}

function orderDevices(domain: XmlElement, wanted: readonly BootDevice[]): void {
  const before = ordered(domain).map(({ element }) => element);
  const first = wanted.flatMap((kind) => {
    const all = devicesOf(domain, kind);
    const tried = before.filter((element) => all.includes(element));
    return tried.length > 0 ? tried : all.slice(0, 1);
  });
  const order = [...first, ...before.filter((element) => !first.includes(element))];
  for (const [index, element] of order.entries()) {
    const boot =
      child(element, "boot") ??
      addElement(element, { name: "boot", attributes: {}, content: [] }, ["target", "source"]);
    setAttribute(boot, "order", String(index + 1));
  }
}
