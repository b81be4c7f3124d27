import type { Action } from "../libvirt/change.ts";
import { domainDifference } from "../libvirt/redefinition.ts";
import { child, parseXml, type XmlElement } from "../libvirt/xml.ts";
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
export function untilGone(one: SeenGuest, mark: string, config: boolean): Action {
  const then = config ? "its definition has it still" : "it is gone once the guest is off";
  return {
    until: ["dumpxml", one.guest.uuid],
    lacks: mark,
    seconds: lettingGo,
    why: `the guest has not let go of it (it may still be booting): ${then}`,
    ...(one.look.persistent && lacksAcpi(one) ? { instead: whileItIsOff(one, config) } : {}),
  };
}

/** A change of one device, and what the user is told about it. */
export interface DeviceChange {
  readonly will: string;
  readonly done: string;
  readonly actions: readonly Action[];
  /** What the actions do to the definition. */
  readonly edit: (domain: XmlElement) => void;
  readonly notes?: readonly string[];
  /** Where a guest that runs is given a device, or gives one back: whether its definition changes too. */
  readonly plugs?: Scope;
  /** Why it has no effect before the next start; null: it has. */
  readonly later: string | null;
}

export function decideDevice(
  one: SeenGuest,
  { will, done, actions, edit, notes = [], plugs, later }: DeviceChange,
): Extract<Decision, { readonly verdict: "change" }> {
  const { look, live } = one;
  const sentence = later === null ? [] : [`it takes effect at the next start: ${later}`];
  return {
    ...change({ will, done }, actions),
    difference: look.persistent ? domainDifference(look.xml.next, editDomain(look.xml.next, edit)) : "",
    ...whenItWorks(look, live, sentence, notes),
    ...(plugs?.live && look.persistent ? { unpluggable: whileItIsOff(one, plugs.config) } : {}),
  };
}

/** Whether a PC has none: machines of other kinds know no ACPI, and plug without it. */
function lacksAcpi({ look }: SeenGuest): boolean {
  const { arch } = look.details;
  if (arch !== "x86_64" && arch !== "i686") return false;
  return child(parseXml(look.xml.now, "domain"), "features", "acpi") === undefined;
}

/** @param config whether there is more to do than to take the device away, which being off does */
function whileItIsOff(one: SeenGuest, config: boolean): string {
  const place = guestPlace(one.guest);
  const [why, how] = lacksAcpi(one)
    ? ["it has no ACPI, by which running guests take devices and give them back", "stop --force"]
    : ["its machine takes devices and gives them back only while it is off", "stop"];
  return `${why}: mclu ${how} ${place}, ${config ? "the same command again, " : ""}mclu start ${place}`;
}
