import { describe, expect, it } from "vitest";
import { parseDomain } from "../../src/libvirt/domain-xml.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { fixture } from "../support/fixture.ts";

const domain = (inside: string, type = "kvm") => parseDomain(`<domain type='${type}'><name>x</name>${inside}</domain>`);

describe("parseDomain", () => {
  it("reads a running guest with everything", () => {
    const rich = parseDomain(fixture("domain-rich.xml"));
    expect(rich).toMatchObject({
      name: "rich",
      title: "A rich guest",
      description: "First line\nsecond <line>",
      memory: { maximum: 256 * 1024 ** 2, current: 256 * 1024 ** 2 },
      vcpus: { maximum: 4, current: 1 },
      type: "qemu",
      arch: "x86_64",
      machine: "pc-q35-7.2",
      firmware: "efi",
      nvram: "/var/lib/libvirt/qemu/nvram/rich_VARS.fd",
      cpu: "qemu64",
      boot: ["hd"],
      agent: { connected: false },
      os: "http://debian.org/debian/12",
    });
    expect(
      rich.disks.map(({ target, bus, device, type, source, format, readonly }) => [
        target,
        bus,
        device,
        type,
        source,
        format,
        readonly,
      ]),
    ).toEqual([
      ["vda", "virtio", "disk", "file", "/var/lib/libvirt/images/over lay.qcow2", "qcow2", false],
      ["vdb", "virtio", "disk", "volume", "default/vol1.qcow2", "qcow2", false],
      ["sda", "sata", "cdrom", "file", "/var/lib/libvirt/images/seed.iso", "raw", true],
      ["sdb", "sata", "cdrom", "file", null, null, true],
    ]);
    expect(rich.disks[0]?.backing).toEqual([
      { type: "file", source: "/var/lib/libvirt/images/mid.qcow2", format: "qcow2" },
      { type: "file", source: "/var/lib/libvirt/images/base.qcow2", format: "qcow2" },
    ]);
    expect(rich.interfaces.map(({ type, source, model, target }) => [type, source, model, target])).toEqual([
      ["network", "default", "virtio", "vnet2"],
      ["user", null, "e1000", null],
    ]);
    expect(rich.graphics).toEqual([
      { type: "vnc", port: 5901, tlsPort: null, autoport: true, listen: "127.0.0.1", socket: null },
      { type: "spice", port: null, tlsPort: null, autoport: false, listen: null, socket: null },
    ]);
    expect(rich.consoles[0]).toEqual({
      kind: "serial",
      type: "pty",
      target: "isa-serial",
      port: 0,
      path: "/dev/pts/1",
      alias: "serial0",
    });
    expect(rich.metadata.map(({ name, fields }) => [name, fields])).toEqual([
      ["libosinfo", { os: "http://debian.org/debian/12" }],
      ["guest", { template: "debian-12" }],
    ]);
  });

  it("reads the same guest shut off: no port yet, no chain known", () => {
    const rich = parseDomain(fixture("domain-rich-inactive.xml"));
    expect(rich).toMatchObject({ firmware: "efi", memory: { current: 128 * 1024 ** 2 } });
    expect(rich.graphics[0]).toMatchObject({ port: null, autoport: true });
    expect(rich.disks.map(({ backing }) => backing)).toEqual([null, null, null, null]);
  });

  it("knows a connected agent, and libvirt's test driver", () => {
    expect(parseDomain(fixture("domain-agent.xml")).agent).toEqual({ connected: true });
    expect(parseDomain(fixture("domain-test-driver.xml"))).toMatchObject({
      type: "test",
      agent: null,
      memory: { maximum: 8 * 1024 ** 3, current: 2 * 1024 ** 3 },
      interfaces: [{ mac: "aa:bb:cc:dd:ee:ff", source: "default" }],
    });
  });

  it("leaves what is not there unknown", () => {
    expect(domain("")).toMatchObject({
      memory: { maximum: null, current: null },
      vcpus: { maximum: null, current: null },
      firmware: null,
      cpu: null,
      disks: [],
      agent: null,
      tpm: null,
      os: null,
    });
  });

  it("never reads a secret", () => {
    const secret = domain(`<devices>
      <graphics type='vnc' port='5900' passwd='hunter2'/>
      <disk type='network'><source protocol='https' name='a.img' query='token=hunter2'><cookies><cookie name='c'>hunter2</cookie></cookies></source>
        <auth username='u'><secret type='ceph' uuid='hunter2'/></auth><target dev='vda'/></disk>
    </devices>`);
    expect(JSON.stringify(secret)).not.toContain("hunter2");
    expect(secret.disks[0]).toMatchObject({ type: "network", source: "https:a.img" });
  });

  it("reads boot order of devices, host devices, tpm, file systems, block and network disks", () => {
    const more = domain(`<os><type arch='aarch64'>hvm</type><boot dev='hd'/></os><devices>
      <disk type='block' device='lun'><source dev='/dev/sdb'/><target dev='sda' bus='scsi'/><shareable/><boot order='2'/></disk>
      <disk type='network'><source protocol='rbd' name='pool/img'><host name='h'/></source><target dev='vda'/></disk>
      <interface type='bridge'><mac address='52:54:00:AA:00:01'/><source bridge='br0'/><link state='down'/><boot order='1'/></interface>
      <interface type='direct'><mac address='52:54:00:aa:00:02'/><source dev='eth0' mode='bridge'/></interface>
      <hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x01' slot='0x00' function='0x1'/></source></hostdev>
      <hostdev mode='subsystem' type='usb'><source><vendor id='0x1d6b'/><product id='0x0002'/></source></hostdev>
      <filesystem type='mount'><source dir='/srv'/><target dir='data'/></filesystem>
      <tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm></devices>`);
    expect(more).toMatchObject({
      firmware: null,
      boot: ["52:54:00:AA:00:01", "sda"],
      hostDevices: ["pci 0000:01:00.1", "usb 1d6b:0002"],
      filesystems: [{ source: "/srv", target: "data" }],
      tpm: { model: "tpm-crb", version: "2.0" },
    });
    expect(more.disks.map(({ device, source, shareable }) => [device, source, shareable])).toEqual([
      ["lun", "/dev/sdb", true],
      ["disk", "rbd:pool/img", false],
    ]);
    expect(more.interfaces.map(({ mac, source, link }) => [mac, source, link])).toEqual([
      ["52:54:00:aa:00:01", "br0", "down"],
      ["52:54:00:aa:00:02", "eth0", "up"],
    ]);
  });

  it("refuses what is no domain", () => {
    expect(() => parseDomain("<network/>")).toThrow(UnexpectedOutput);
    expect(() => parseDomain(fixture("domain-rich.xml").slice(0, 900))).toThrow(UnexpectedOutput);
  });
});

it.each([
  ["<nvram template='/t'>/nv/web1.fd</nvram>", "/nv/web1.fd"],
  ["<nvram type='file'><source file='/nv/web1.fd'/></nvram>", "/nv/web1.fd"],
  ["<nvram type='block'><source dev='/dev/vg/web1'/></nvram>", "/dev/vg/web1"],
  ["<nvram type='network'><source protocol='nbd' name='x'/></nvram>", null],
  ["<nvram template='/t'/>", null],
])("the UEFI variables of %s", (nvram, path) => {
  expect(parseDomain(`<domain><os>${nvram}</os></domain>`).nvram).toBe(path);
});
