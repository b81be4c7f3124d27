import { describe, expect, it } from "vitest";
import { parseDomain } from "../../src/libvirt/domain-xml.ts";

const devices = (inside: string) => parseDomain(`<domain><devices>${inside}</devices></domain>`);

describe("XML that says little", () => {
  it("has a domain without a name and a type", () => {
    expect(parseDomain("<domain/>")).toMatchObject({ name: "", type: "", boot: [] });
  });

  it("has disks without source, target or type", () => {
    const [bare, volume, half, network, unnamed] = devices(`<disk/>
      <disk type='volume'/><disk type='volume'><source pool='p'/></disk>
      <disk type='network'/><disk type='network'><source protocol='nbd'/></disk>`).disks;
    expect(bare).toMatchObject({ type: "file", target: "", source: null, volume: null, device: "disk" });
    expect(volume).toMatchObject({ source: null, volume: null });
    expect(half).toMatchObject({ source: "p/", volume: null });
    expect([network?.source, unnamed?.source]).toEqual([null, "nbd:"]);
  });

  it("has a chain that ends where libvirt says no more", () => {
    const chain =
      "<backingStore type='file'><source file='/i/base'/><backingStore><source/></backingStore></backingStore>";
    expect(devices(`<disk>${chain}</disk><disk><backingStore/></disk>`).disks.map(({ backing }) => backing)).toEqual([
      [{ type: "file", source: "/i/base", format: null }],
      [],
    ]);
  });

  it("has cards and screens without anything", () => {
    const { interfaces, graphics } = devices("<interface/><graphics/>");
    expect(interfaces).toEqual([
      { mac: null, type: "", source: null, bridge: null, model: null, target: null, link: "up" },
    ]);
    expect(graphics).toMatchObject([{ type: "", port: null, listen: null, socket: null }]);
  });
});

it("has a running card on the network that it is defined with, not on what the network makes of it", () => {
  const cards = devices(`<interface type='bridge'><source network='lan' portid='x' bridge='br0'/></interface>
    <interface type='direct'><source network='wan' dev='eth0' mode='bridge'/></interface>
    <interface type='bridge'><source bridge='br0'/></interface><interface type='direct'><source dev='eth0'/></interface>
    <interface type='hostdev'><source network='pci'/></interface>`).interfaces;
  expect(cards.map(({ type, source }) => [type, source])).toEqual([
    ["network", "lan"],
    ["network", "wan"],
    ["bridge", "br0"],
    ["direct", "eth0"],
    // a device of the node all the same
    ["hostdev", "pci"],
  ]);
});

it("names host devices by what identifies each", () => {
  const hosted = devices(`<hostdev/><hostdev mode='capabilities'/><hostdev type='scsi'/>
    <hostdev type='mdev'><source><address uuid='c2177883'/></source></hostdev>
    <hostdev type='usb'><source><address bus='3' device='7'/></source></hostdev>
    <hostdev type='pci'><source><address bus='0x01'/></source></hostdev>
    <hostdev type='usb'><source><vendor id='0x1d6b'/></source></hostdev>`);
  expect(hosted.hostDevices).toEqual([
    ...["device", "capabilities", "scsi", "mdev c2177883", "usb bus 3 device 7", "pci 0:01:0.0", "usb 1d6b:0"],
  ]);
});

it("names a disk that is a controller of its node, so that its drive does not look empty", () => {
  const address = "<address domain='0x0000' bus='0x01' slot='0x0a' function='0x2'/>";
  const { disks } = devices(`<disk type='nvme'><source type='pci' managed='yes' namespace='1'>${address}</source></disk>
    <disk type='nvme'/>`);
  expect(disks.map(({ source }) => source)).toEqual(["nvme:0000:01:0a.2/1", expect.stringMatching(/^nvme:/)]);
});

it.each([
  ["<loader type='pflash'>/f</loader>", "efi"],
  ["<loader type='rom'>/f</loader>", "bios"],
  ["<type>hvm</type>", null],
  ["<type arch='x86_64'>xen</type>", null],
  ["<type arch='i686'>hvm</type>", "bios"],
])("knows the firmware of <os>%s", (os, firmware) => {
  expect(parseDomain(`<domain><os>${os}</os></domain>`).firmware).toBe(firmware);
});

it("reads the boot order without a device of no name, and a file system of a file", () => {
  const { boot, filesystems } = parseDomain(
    "<domain><os><boot/><boot dev='hd'/></os><devices><filesystem><source file='/a.img'/></filesystem></devices></domain>",
  );
  expect(boot).toEqual(["hd"]);
  expect(filesystems).toEqual([{ source: "/a.img", target: null }]);
});

it("reads metadata without a namespace, by the name without a prefix, and no more than nine levels of it", () => {
  const deep = `${"<l>".repeat(12)}far${"</l>".repeat(12)}`;
  const { metadata } = parseDomain(
    `<domain><metadata><plain id='1'/><p:own xmlns:p='u'><p:x>2</p:x>${deep}</p:own></metadata></domain>`,
  );
  expect(metadata).toEqual([
    { namespace: "", name: "plain", fields: { plain: "1" } },
    { namespace: "u", name: "own", fields: { x: "2" } },
  ]);
});

it("counts memory without a unit in KiB", () => {
  expect(parseDomain("<domain><memory>4</memory></domain>").memory.maximum).toBe(4096);
});
