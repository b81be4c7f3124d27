import { describe, expect, it } from "vitest";
import { type DomainCapabilities, parseDomainCapabilities } from "../../src/libvirt/domain-capabilities.ts";
import { domainDefinition } from "../../src/libvirt/domain-definition.ts";
import { parseDomain } from "../../src/libvirt/domain-xml.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { definition } from "../support/definitions.ts";
import { fixture } from "../support/fixture.ts";

const emulated = parseDomainCapabilities(fixture("domcapabilities-tcg.xml"));
const accelerated: DomainCapabilities = { ...emulated, type: "kvm", cpuModes: ["host-passthrough", "host-model"] };
const arm: DomainCapabilities = { ...emulated, arch: "aarch64", machine: "virt-7.2", videoModels: ["ramfb"] };

describe("parseDomainCapabilities", () => {
  it("reads what a node without KVM can run", () => {
    expect(emulated).toEqual({
      type: "qemu",
      arch: "x86_64",
      machine: "pc-q35-7.2",
      emulator: "/usr/bin/qemu-system-x86_64",
      maxVcpus: 288,
      efi: true,
      loaders: expect.arrayContaining(["/usr/share/OVMF/OVMF_CODE_4M.ms.fd"]),
      cpuModes: ["maximum", "host-model", "custom"],
      videoModels: expect.arrayContaining(["virtio", "vga"]),
      graphics: expect.arrayContaining(["vnc", "spice"]),
    });
  });

  it.each(["", "<domain/>", "<domainCapabilities><domain>kvm</domain></domainCapabilities>"])("refuses %j", (text) => {
    expect(() => parseDomainCapabilities(text)).toThrow(UnexpectedOutput);
  });
});

describe("domainDefinition", () => {
  it("has the devices that a guest is reached and looked after by", () => {
    const domain = parseDomain(domainDefinition(definition(), emulated));
    expect(domain).toMatchObject({
      name: "web1",
      type: "qemu",
      memory: { maximum: 256 * 1024 ** 2 },
      vcpus: { maximum: 2 },
      firmware: "bios",
      cpu: "maximum",
      disks: [{ target: "vda", bus: "virtio", format: "qcow2", source: "/var/lib/libvirt/images/web1.qcow2" }],
      interfaces: [{ mac: "52:54:00:00:00:01", model: "virtio" }],
      graphics: [{ type: "vnc" }],
      agent: { connected: false },
      os: "http://debian.org/debian/12",
    });
    expect(domain.consoles.map(({ kind, type }) => [kind, type])).toEqual([
      ["serial", "pty"],
      ["console", "pty"],
    ]);
  });

  it("says who built it, from what and when", () => {
    const { metadata } = parseDomain(domainDefinition(definition(), emulated));
    expect(metadata.find(({ namespace }) => namespace === "urn:mclu:built")?.fields).toEqual({
      template: "debian-12",
      builder: "alice@desk",
      date: "2026-11-21T12:00:00Z",
    });
  });

  it("uses KVM with a CPU that can be migrated, where the node has KVM", () => {
    expect(parseDomain(domainDefinition(definition(), accelerated))).toMatchObject({ type: "kvm", cpu: "host-model" });
  });

  it("leaves the firmware to libvirt when it is UEFI", () => {
    const text = domainDefinition(definition({ firmware: "uefi" }), emulated);
    expect(text).toContain('<os firmware="efi">');
    expect(parseDomain(text).firmware).toBe("efi");
  });

  it("gives a machine that is no PC a keyboard, and no PC's devices", () => {
    const text = domainDefinition(definition(), arm);
    expect(text).toContain('<input type="keyboard" bus="virtio"/>');
    expect(text).toContain('<model type="vga"/>');
    expect(text).not.toMatch(/apic|hpet/);
  });

  it("can do without a screen, and be on a bridge", () => {
    const network = { kind: "bridge", name: "br0" } as const;
    const domain = parseDomain(domainDefinition(definition({ graphics: "none", network, os: undefined }), emulated));
    expect(domain).toMatchObject({ graphics: [], interfaces: [{ type: "bridge", source: "br0" }], os: null });
  });

  it("rounds memory up to a whole KiB", () => {
    expect(domainDefinition(definition({ memory: 1025 }), emulated)).toContain('<memory unit="KiB">2</memory>');
  });
});

it("leaves the CPU to a hypervisor that offers none of what it would be given", () => {
  expect(parseDomain(domainDefinition(definition(), { ...emulated, cpuModes: [] })).cpu).toBeNull();
});
