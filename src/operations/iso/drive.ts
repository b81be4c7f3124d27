import type { Action } from "../../libvirt/change.ts";
import { diskText } from "../../libvirt/device-text.ts";
import type { DomainDetails } from "../../libvirt/domain-details.ts";
import { attribute, child, children, parseXml } from "../../libvirt/xml.ts";
import { guestPlace } from "../guest-place.ts";
import type { SeenGuest } from "../look-at-chosen.ts";
import { type Decision, refusal } from "../plan.ts";

/** A cdrom drive, and whether the guest has it now, and at its next start. */
export interface Drive {
  readonly target: string;
  readonly now: boolean;
  readonly next: boolean;
}

/** The drive that is named, else the first; undefined: the guest has none. */
export function pickDrive(
  one: SeenGuest,
  name: string | undefined,
): Drive | Extract<Decision, { readonly verdict: "refused" }> | undefined {
  const drives = drivesOf(one);
  if (name === undefined) return drives[0];
  const found = drives.find(({ target }) => target === name);
  if (found) return found;
  const has = drives.length === 0 ? "it has none" : `it has ${drives.map(({ target }) => target).join(", ")}`;
  return refusal(`it has no cdrom drive ${name}: ${has}`, `mclu disk list ${guestPlace(one.guest)}`);
}

function drivesOf({ look, live }: SeenGuest): readonly Drive[] {
  const targets = (details: DomainDetails) =>
    details.disks.filter(({ device }) => device === "cdrom").map(({ target }) => target);
  const now = live ? targets(look.details) : [];
  const next = look.persistent ? targets(look.next) : [];
  return [...new Set([...now, ...next])].map((target) => ({
    target,
    now: now.includes(target),
    next: next.includes(target),
  }));
}

/** What is in a drive; null: nothing. */
export function mediumOf({ disks }: DomainDetails, target: string): string | null {
  return disks.find((disk) => disk.target === target)?.source ?? null;
}

/** Goes on only where a drive still has the medium that was seen in it: `change-media` would take whatever there is. */
export function stillHolds(
  { guest, look }: SeenGuest,
  target: string,
  { live, config }: { readonly live: boolean; readonly config: boolean },
): readonly Action[] {
  const has = (xml: string, ...scope: readonly string[]): readonly Action[] => {
    const text = diskText(xml, target);
    const why = `somebody has changed what is in ${target} meanwhile`;
    return text === undefined ? [] : [{ has: ["dumpxml", guest.uuid, ...scope], text, why }];
  };
  return [...(live ? has(look.xml.now) : []), ...(config ? has(look.xml.next, "--inactive") : [])];
}

/** The bus of a new drive: SCSI where the guest has virtio-scsi, else what its machine has built in. */
export function driveBus(xml: string, { machine, arch }: DomainDetails): "scsi" | "sata" | "ide" {
  const controllers = children(child(parseXml(xml, "domain"), "devices"), "controller");
  const hasScsi = controllers.some(
    (one) => attribute(one, "type") === "scsi" && attribute(one, "model")?.startsWith("virtio") === true,
  );
  if (hasScsi) return "scsi";
  if (machine?.includes("q35")) return "sata";
  const isPc = arch === "x86_64" || arch === "i686";
  return isPc ? "ide" : "scsi";
}
