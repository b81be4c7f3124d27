import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface TestGuest {
  readonly name: string;
  readonly uuid?: string;
  /** Default running; libvirt's numbers are 1 running, 3 paused, 5 shut off, 6 crashed. */
  readonly state?: "running" | "paused" | "shut off" | "crashed";
  readonly memoryKib?: number;
  readonly vcpus?: number;
  /** XML inside <devices>. */
  readonly devices?: string;
  /** More XML of the domain: metadata, title, snapshots. */
  readonly more?: string;
}

const runstates = { running: 1, paused: 3, "shut off": 5, crashed: 6 } as const;

/**
 * Real virsh without a daemon: writes a host of libvirt's test driver into a file and gives its URI. Every virsh process
 * starts from the file, so it serves reads.
 * @param more XML of networks and pools
 */
export function testDriverUri(directory: string, guests: readonly TestGuest[], more = ""): string {
  const domains = guests.map(
    (guest, index) => `
  <domain type="test" xmlns:test="http://libvirt.org/schemas/domain/test/1.0">
    <test:runstate>${runstates[guest.state ?? "running"]}</test:runstate>
    <name>${escapeXml(guest.name)}</name>
    <uuid>${guest.uuid ?? testUuid(index)}</uuid>
    <memory unit="KiB">${guest.memoryKib ?? 1048576}</memory>
    <vcpu>${guest.vcpus ?? 1}</vcpu>
    <os><type>hvm</type></os>${guest.more ?? ""}
    <devices>${guest.devices ?? ""}</devices>
  </domain>`,
  );
  const file = join(directory, `host-${Math.random().toString(36).slice(2)}.xml`);
  writeFileSync(
    file,
    `<node>
  <cpu><mhz>2600</mhz><model>i686</model><active>8</active><nodes>1</nodes><sockets>1</sockets><cores>8</cores><threads>1</threads></cpu>
  <memory>16777216</memory>${domains.join("")}${more}
</node>`,
  );
  return `test://${file}`;
}

/** The UUID of the guest at this place in the list. */
export function testUuid(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
