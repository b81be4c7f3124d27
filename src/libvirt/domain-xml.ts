import type { Console, DomainDetails } from "./domain-details.ts";
import { parseDisk, parseGraphics, parseInterface } from "./domain-devices.ts";
import { wholeNumber } from "./number.ts";
import { attribute, child, children, parseXml, textOf, type XmlElement } from "./xml.ts";
import { parseMetadata } from "./xml-metadata.ts";
import { sizeOf } from "./xml-size.ts";

/** Reads `virsh dumpxml`. Secrets are never read, even where the XML has them. Throws UnexpectedOutput. */
export function parseDomain(text: string): DomainDetails {
  const domain = parseXml(text, "domain");
  const devices = child(domain, "devices");
  const vcpus = wholeNumber(textOf(child(domain, "vcpu")));
  const memory = sizeOf(child(domain, "memory"));
  const metadata = parseMetadata(child(domain, "metadata"));
  return {
    name: child(domain, "name")?.textContent ?? "",
    title: textOf(child(domain, "title")),
    description: textOf(child(domain, "description")),
    memory: { maximum: memory, current: sizeOf(child(domain, "currentMemory")) ?? memory },
    vcpus: { maximum: vcpus, current: wholeNumber(attribute(child(domain, "vcpu"), "current")) ?? vcpus },
    type: attribute(domain, "type") ?? "",
    arch: attribute(child(domain, "os", "type"), "arch"),
    machine: attribute(child(domain, "os", "type"), "machine"),
    firmware: firmware(child(domain, "os")),
    nvram: nvramOf(child(domain, "os", "nvram")),
    cpu: cpuModel(child(domain, "cpu")),
    boot: bootOrder(domain, devices),
    disks: children(devices, "disk").map(parseDisk),
    interfaces: children(devices, "interface").map(parseInterface),
    graphics: children(devices, "graphics").map(parseGraphics),
    consoles: [...children(devices, "serial"), ...children(devices, "console")].map(parseConsole),
    agent: agentChannel(devices),
    tpm: parseTpm(child(devices, "tpm")),
    hostDevices: children(devices, "hostdev").map(hostDevice),
    filesystems: children(devices, "filesystem").map((element) => ({
      source: attribute(child(element, "source"), "dir") ?? attribute(child(element, "source"), "file"),
      target: attribute(child(element, "target"), "dir"),
    })),
    os: metadata.find(({ namespace }) => namespace.includes("libosinfo.org/"))?.fields.os ?? null,
    metadata,
  };
}

function firmware(os: XmlElement | undefined): "bios" | "efi" | null {
  const named = attribute(os, "firmware");
  if (named === "bios" || named === "efi") return named;
  const loader = child(os, "loader");
  if (loader) return attribute(loader, "type") === "pflash" ? "efi" : "bios";
  // without a word of it a PC has its BIOS; other architectures have neither
  const isPc =
    textOf(child(os, "type")) === "hvm" && /^(x86_64|i686)$/.test(attribute(child(os, "type"), "arch") ?? "");
  return isPc ? "bios" : null;
}

/** libvirt 8.5 and later keep the form with a <source>, where somebody wrote it so. */
function nvramOf(nvram: XmlElement | undefined): string | null {
  const source = child(nvram, "source");
  return source ? (attribute(source, "file") ?? attribute(source, "dev")) : textOf(nvram);
}

function cpuModel(cpu: XmlElement | undefined): string | null {
  const mode = attribute(cpu, "mode");
  return mode === null || mode === "custom" ? textOf(child(cpu, "model")) : mode;
}

function bootOrder(domain: XmlElement, devices: XmlElement | undefined): string[] {
  const ordered = children(devices)
    .map((device) => ({
      order: wholeNumber(attribute(child(device, "boot"), "order")),
      name: attribute(child(device, "target"), "dev") ?? attribute(child(device, "mac"), "address") ?? device.nodeName,
    }))
    .flatMap(({ order, name }) => (order === null ? [] : [{ order, name }]))
    .sort((a, b) => a.order - b.order);
  if (ordered.length > 0) return ordered.map(({ name }) => name);
  return children(child(domain, "os"), "boot").flatMap((element) => attribute(element, "dev") ?? []);
}

function parseConsole(element: XmlElement): Console {
  const target = child(element, "target");
  return {
    kind: element.nodeName === "serial" ? "serial" : "console",
    type: attribute(element, "type"),
    target: attribute(target, "type"),
    port: wholeNumber(attribute(target, "port")),
    path: attribute(child(element, "source"), "path"),
    alias: attribute(child(element, "alias"), "name"),
  };
}

function agentChannel(devices: XmlElement | undefined): DomainDetails["agent"] {
  const targets = children(devices, "channel").map((channel) => child(channel, "target"));
  const target = targets.find((element) => attribute(element, "name") === "org.qemu.guest_agent.0");
  return target ? { connected: attribute(target, "state") === "connected" } : null;
}

function parseTpm(tpm: XmlElement | undefined): DomainDetails["tpm"] {
  return tpm ? { model: attribute(tpm, "model"), version: attribute(child(tpm, "backend"), "version") } : null;
}

function hostDevice(element: XmlElement): string {
  const type = attribute(element, "type") ?? attribute(element, "mode") ?? "device";
  const source = child(element, "source");
  const hex = (of: XmlElement | undefined, name: string) => (attribute(of, name) ?? "0").replace(/^0x/, "");
  const vendor = child(source, "vendor");
  if (vendor) return `${type} ${hex(vendor, "id")}:${hex(child(source, "product"), "id")}`;
  const address = child(source, "address");
  const uuid = attribute(address, "uuid");
  if (uuid !== null) return `${type} ${uuid}`;
  const part = (name: string) => hex(address, name);
  if (type === "pci") return `pci ${part("domain")}:${part("bus")}:${part("slot")}.${part("function")}`;
  return address ? `${type} bus ${part("bus")} device ${part("device")}` : type;
}
