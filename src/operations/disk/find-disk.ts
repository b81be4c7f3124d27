import type { Disk } from "../../libvirt/domain-details.ts";
import { attribute, child, children, type XmlElement } from "../../libvirt/xml.ts";
import type { Scope } from "../device-change.ts";
import { guestPlace } from "../guest-place.ts";
import type { SeenGuest } from "../look-at-chosen.ts";
import { type Decision, refusal } from "../plan.ts";

/** A disk that the user named, and whether the guest has it now, at its next start, or both. */
export interface FoundDisk extends Scope {
  readonly disk: Disk;
}

/** Finds a disk by its target (`vdb`) or by its source. */
export function findDisk(
  { guest, look, live }: SeenGuest,
  text: string,
): FoundDisk | Extract<Decision, { verdict: "refused" }> {
  const isIt = (disk: Disk) => disk.target === text || (disk.source !== null && disk.source === text);
  const now = live ? look.details.disks.find(isIt) : undefined;
  const next = look.persistent ? look.next.disks.find(isIt) : undefined;
  const disk = now ?? next;
  if (now && next && now.source !== next.source)
    return refusal(
      `its ${text} is ${now.source ?? "empty"} now, and ${next.source ?? "empty"} at its next start`,
      `name what is meant: ${[now, next].flatMap(({ source }) => source ?? []).join(", or ")}`,
    );
  // virsh takes one target for both, and at the next start another disk may have it
  if (now && next && now.target !== next.target)
    return refusal(
      `its ${text} is ${now.target} now, and ${next.target} at its next start`,
      `name what is meant, ${now.target} or ${next.target}, or before that: mclu stop ${guestPlace(guest)}`,
    );
  if (disk) return { disk, live: now !== undefined, config: next !== undefined };
  const all = [...new Set([...look.details.disks, ...look.next.disks].map(({ target }) => target))];
  const has = all.length === 0 ? "it has none" : `it has ${all.join(", ")}`;
  return refusal(`it has no disk ${text}: ${has}`, `mclu disk list ${guestPlace(guest)}`);
}

/** The element of a disk in a definition. */
export function diskElement(domain: XmlElement, target: string): XmlElement | undefined {
  return children(child(domain, "devices"), "disk").find((disk) => attribute(child(disk, "target"), "dev") === target);
}

const prefixes: Readonly<Record<string, string>> = {
  virtio: "vd",
  scsi: "sd",
  sata: "sd",
  usb: "sd",
  ide: "hd",
  fdc: "fd",
  xen: "xvd",
};
/** Drives of a bus that has no more: two IDE channels of two drives. */
const limits: Readonly<Record<string, number>> = { ide: 4, sata: 6 };

/** The next target of a bus that neither the guest as it is nor as it will be has; undefined: none is free. */
export function freeTarget({ look }: Pick<SeenGuest, "look">, bus: string): string | undefined {
  const taken = new Set([...look.details.disks, ...look.next.disks].map(({ target }) => target));
  const names = Array.from(
    { length: limits[bus] ?? 26 },
    (_, index) => `${prefixes[bus] ?? "vd"}${String.fromCharCode(97 + index)}`,
  );
  return names.find((name) => !taken.has(name));
}
