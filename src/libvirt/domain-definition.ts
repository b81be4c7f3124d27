import type { DomainCapabilities } from "./domain-capabilities.ts";
import { element, writeXml, type XmlNode } from "./xml-writer.ts";

/** A guest to be defined. */
export interface DomainDefinition {
  readonly name: string;
  readonly uuid: string;
  /** Bytes; libvirt counts in KiB. */
  readonly memory: number;
  readonly vcpus: number;
  readonly disk: { readonly path: string; readonly format: "qcow2" | "raw" };
  /** `52:54:00:...` */
  readonly mac: string;
  readonly network: { readonly kind: "network" | "bridge"; readonly name: string };
  readonly firmware: "bios" | "uefi";
  readonly graphics: "vnc" | "spice" | "none";
  /** libosinfo's id, such as `http://debian.org/debian/12`. */
  readonly os?: string | undefined;
  readonly built: BuildRecord;
}

/** Who made a guest, of what and when; kept in its metadata. */
export interface BuildRecord {
  /** The template; for a clone the image it came from. */
  readonly source: { readonly kind: "template" | "image"; readonly name: string };
  /** `user@host` */
  readonly builder: string;
  /** ISO 8601, UTC. */
  readonly date: string;
}

/** The metadata element of ours; libvirt keeps one element a namespace. */
export const builtNamespace = "urn:mclu:built";
const libosinfoNamespace = "http://libosinfo.org/xmlns/libvirt/domain/1.0";

/**
 * The XML to define a guest by on a node of these capabilities: virtio disk and network, a serial console, the agent's
 * channel, a source of randomness; hardware acceleration where the node has it.
 */
export function domainDefinition(guest: DomainDefinition, node: DomainCapabilities): string {
  return writeXml(
    element(
      "domain",
      { type: node.type },
      element("name", {}, guest.name),
      element("uuid", {}, guest.uuid),
      metadata(guest),
      element("memory", { unit: "KiB" }, String(Math.ceil(guest.memory / 1024))),
      element("vcpu", {}, String(guest.vcpus)),
      element(
        "os",
        guest.firmware === "uefi" ? { firmware: "efi" } : {},
        element("type", { arch: node.arch, machine: node.machine }, "hvm"),
        element("boot", { dev: "hd" }),
      ),
      element("features", {}, element("acpi"), ...(isPc(node) ? [element("apic")] : [])),
      cpu(node),
      clock(node),
      element("on_poweroff", {}, "destroy"),
      element("on_reboot", {}, "restart"),
      element("on_crash", {}, "destroy"),
      element("devices", {}, element("emulator", {}, node.emulator), ...devices(guest, node)),
    ),
  );
}

/** The record as it stands in a guest's metadata. */
export function builtElement({ source, builder, date }: BuildRecord): XmlNode {
  return element(
    "mclu:built",
    { "xmlns:mclu": builtNamespace },
    element(`mclu:${source.kind}`, {}, source.name),
    element("mclu:builder", {}, builder),
    element("mclu:date", {}, date),
  );
}

function metadata({ os, built }: DomainDefinition): XmlNode {
  const ours = builtElement(built);
  const known =
    os === undefined
      ? undefined
      : element("libosinfo:libosinfo", { "xmlns:libosinfo": libosinfoNamespace }, element("libosinfo:os", { id: os }));
  return element("metadata", {}, known, ours);
}

/** host-model can be migrated to a host like it; under TCG the default CPU is older than what Red Hat 9 asks for. */
function cpu(node: DomainCapabilities): XmlNode | undefined {
  const mode = node.type === "kvm" ? "host-model" : "maximum";
  return node.cpuModes.includes(mode) ? element("cpu", { mode }) : undefined;
}

function clock(node: DomainCapabilities): XmlNode {
  if (!isPc(node)) return element("clock", { offset: "utc" });
  return element(
    "clock",
    { offset: "utc" },
    element("timer", { name: "rtc", tickpolicy: "catchup" }),
    element("timer", { name: "pit", tickpolicy: "delay" }),
    element("timer", { name: "hpet", present: "no" }),
  );
}

function devices({ disk, mac, network, graphics }: DomainDefinition, node: DomainCapabilities): XmlNode[] {
  return [
    element(
      "disk",
      { type: "file", device: "disk" },
      element("driver", { name: "qemu", type: disk.format, discard: "unmap" }),
      element("source", { file: disk.path }),
      element("target", { dev: "vda", bus: "virtio" }),
    ),
    element(
      "interface",
      { type: network.kind },
      element("mac", { address: mac }),
      element("source", { [network.kind]: network.name }),
      element("model", { type: "virtio" }),
    ),
    element("serial", { type: "pty" }),
    element("console", { type: "pty" }),
    element("channel", { type: "unix" }, element("target", { type: "virtio", name: "org.qemu.guest_agent.0" })),
    element("rng", { model: "virtio" }, element("backend", { model: "random" }, "/dev/urandom")),
    element("memballoon", { model: "virtio" }),
    ...screen(graphics, node),
  ];
}

/** On the node's loopback only: mclu's viewer comes through the connection. */
function screen(graphics: DomainDefinition["graphics"], node: DomainCapabilities): XmlNode[] {
  if (graphics === "none") return [];
  const keyboard = isPc(node) ? [] : [element("input", { type: "keyboard", bus: "virtio" })];
  return [
    ...keyboard,
    element("input", { type: "tablet", bus: "virtio" }),
    element("graphics", { type: graphics, port: -1, autoport: "yes", listen: "127.0.0.1" }),
    element("video", {}, element("model", { type: node.videoModels.includes("virtio") ? "virtio" : "vga" })),
  ];
}

function isPc({ arch }: DomainCapabilities): boolean {
  return arch === "x86_64" || arch === "i686";
}
