import { wholeNumber } from "./number.ts";
import { UnexpectedOutput } from "./query.ts";
import { attribute, child, children, parseXml, textOf, type XmlElement } from "./xml.ts";

/** What libvirt on a node can run, of `virsh domcapabilities`. */
export interface DomainCapabilities {
  /** `kvm`, or `qemu`: emulation in software, many times slower. */
  readonly type: string;
  readonly arch: string;
  /** The newest of its kind: `pc-q35-7.2`. */
  readonly machine: string;
  readonly emulator: string;
  readonly maxVcpus: number | null;
  /** Whether libvirt finds UEFI firmware by itself. */
  readonly efi: boolean;
  /** Files of firmware that libvirt knows of. */
  readonly loaders: readonly string[];
  /** Supported ones: `host-model`, `maximum` ... */
  readonly cpuModes: readonly string[];
  readonly videoModels: readonly string[];
  readonly graphics: readonly string[];
}

/** Reads `virsh domcapabilities`. Throws UnexpectedOutput. */
export function parseDomainCapabilities(text: string): DomainCapabilities {
  const root = parseXml(text, "domainCapabilities");
  const wanted = (name: string) => {
    const value = textOf(child(root, name));
    if (value === null) throw new UnexpectedOutput(`<${name}> in virsh domcapabilities`, text);
    return value;
  };
  const devices = child(root, "devices");
  return {
    type: wanted("domain"),
    arch: wanted("arch"),
    machine: wanted("machine"),
    emulator: wanted("path"),
    maxVcpus: wholeNumber(attribute(child(root, "vcpu"), "max")),
    efi: values(child(root, "os"), "firmware").includes("efi"),
    loaders: children(child(root, "os", "loader"), "value").flatMap((value) => textOf(value) ?? []),
    cpuModes: children(child(root, "cpu"), "mode")
      .filter((mode) => attribute(mode, "supported") === "yes")
      .flatMap((mode) => attribute(mode, "name") ?? []),
    videoModels: values(child(devices, "video"), "modelType"),
    graphics: values(child(devices, "graphics"), "type"),
  };
}

function values(element: XmlElement | undefined, name: string): string[] {
  const found = children(element, "enum").find((candidate) => attribute(candidate, "name") === name);
  return children(found, "value").flatMap((value) => textOf(value) ?? []);
}
