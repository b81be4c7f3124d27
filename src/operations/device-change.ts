import type { Action } from "../libvirt/change.ts";
import { domainDifference } from "../libvirt/redefinition.ts";
import type { XmlElement } from "../libvirt/xml.ts";
import { editDomain } from "../libvirt/xml-edit.ts";
import { guestPlace } from "./guest-place.ts";
import type { SeenGuest } from "./look-at-chosen.ts";
import { change, type Decision } from "./plan.ts";
import { whenItWorks } from "./when-it-works.ts";

/** What of a guest a change is about: what it will be at its next start, what it is now. */
export interface Scope {
  readonly config: boolean;
  readonly live: boolean;
}

/** virsh's options for that. */
export function scopeOf({ config, live }: Scope): readonly string[] {
  return [...(config ? ["--config"] : []), ...(live ? ["--live"] : [])];
}

/** Buses of which qemu takes and gives disks while a guest runs. */
const hotplugBuses: ReadonlySet<string> = new Set(["virtio", "scsi", "usb"]);

export function canHotplug(bus: string | null): boolean {
  return bus !== null && hotplugBuses.has(bus);
}

/** Seconds that a running guest gets to let go of a device. */
const lettingGo = 20;

/**
 * Goes on once a running guest has let go of a device: virsh says that it detached one when it has asked for that. Before it
 * is taken out of the definition, which a guest that keeps it leaves as it is.
 * @param config whether the definition has it
 */
export function untilGone(uuid: string, mark: string, config: boolean): Action {
  const then = config ? "its definition has it still" : "it is gone once the guest is off";
  const why = `the guest has not let go of it (it may still be booting): ${then}`;
  return { until: ["dumpxml", uuid], lacks: mark, seconds: lettingGo, why };
}

/** A change of one device, and what the user is told about it. */
export interface DeviceChange {
  readonly will: string;
  readonly done: string;
  readonly actions: readonly Action[];
  /** What the actions do to the definition. */
  readonly edit: (domain: XmlElement) => void;
  readonly notes?: readonly string[];
  /** Whether a guest that runs is given a device, or gives one back. */
  readonly plugs?: boolean;
  /** Why it has no effect before the next start; null: it has. */
  readonly later: string | null;
}

export function decideDevice(
  { guest, look, live }: SeenGuest,
  { will, done, actions, edit, notes = [], plugs = false, later }: DeviceChange,
): Extract<Decision, { readonly verdict: "change" }> {
  const sentence = later === null ? [] : [`it takes effect at the next start: ${later}`];
  return {
    ...change({ will, done }, actions),
    difference: look.persistent ? domainDifference(look.xml.next, editDomain(look.xml.next, edit)) : "",
    ...whenItWorks(look, live, sentence, notes),
    ...(plugs && look.persistent && !hasAcpi(look.xml.now) ? { instead: whileItIsOff(guest) } : {}),
  };
}

/** Of some machines and buses the slots work without it; qemu knows, and says so when it refuses. */
function hasAcpi(xml: string): boolean {
  return /<acpi[\s/>]/.test(xml);
}

function whileItIsOff(guest: SeenGuest["guest"]): string {
  const place = guestPlace(guest);
  return `it has no ACPI, by which running guests take devices and give them back: mclu stop --force ${place}, the same command again, mclu start ${place}`;
}
