import { describe, expect, it } from "vitest";
import { refuseNetworkVariables } from "../../../src/operations/clone/refuse-written-files.ts";
import { lookAtSource } from "../../../src/operations/clone/source.ts";
import { findGuests } from "../../../src/operations/find-guest.ts";
import { fakeFiles } from "../../support/fake-files.ts";
import { fakeCluster } from "../../support/fake-host.ts";
import { type OddGuest, oddCluster, oddUuid, oddXml } from "../../support/odd-guest.ts";

const disk = (inner = "", type = "file") =>
  `<disk type='${type}' device='disk'>${inner}<target dev='vda' bus='virtio'/></disk>`;
const file = disk("<source file='/i/a'/>");
const image = { filename: "/i/a", format: "raw", "virtual-size": 4096 };
const look = async (guest: OddGuest) => {
  const cluster = await oddCluster({ files: { "/i/a": { image } }, devices: file, ...guest });
  const { guests } = await findGuests(cluster, ["web1"]);
  return lookAtSource(guests[0] ?? expect.fail("no guest"), undefined);
};

describe("a guest that is to be copied", () => {
  const volume = disk("<source pool='p' volume='v'/>", "volume");
  it.each<[string, OddGuest, string]>([
    ["runs", { state: "running" }, "ham0/web1 is running: its disks change"],
    ["is in no known state", { state: null }, "ham0/web1 is in no known state"],
    ["was saved", { managedSave: true }, "ham0/web1 was saved"],
    ["cannot be shown", { xml: "<domain" }, "libvirt cannot show what ham0/web1 is"],
    ["was undefined since it was found", { next: "" }, "libvirt cannot show what ham0/web1 is"],
    ["is encrypted", { devices: disk("<source file='/i/a'/><encryption format='luks'/>") }, "is encrypted by libvirt"],
    [
      "has a disk of the network",
      { devices: disk("<source protocol='rbd' name='p/v'/>", "network") },
      "is of type network",
    ],
    ["names a disk as it likes", { devices: file.replace("vda", "$(reboot)") }, "is no device's name: $(reboot)"],
    ["names a disk by a path", { devices: file.replace("vda", "/../etc/x") }, "is no device's name: /../etc/x"],
    ["has a volume of no pool", { devices: volume }, "is in a pool that is not active, or does not list it"],
    ["has a disk of no place", { devices: disk("<source file='a'/>") }, "the disk vda of ham0/web1 has no file"],
    ["lost a disk", { files: {} }, "the disk vda of ham0/web1 is missing: /i/a"],
    ["has a disk that cannot be read", { files: { "/i/a": {} } }, "cannot be read, or a file that it is based on"],
  ])("is refused where it %s", async (_what, guest, message) => {
    await expect(look(guest)).rejects.toMatchObject({ exitCode: 6, message: expect.stringContaining(message) });
  });

  it("is refused on a node without qemu-img by what is missing", async () => {
    const answers = fakeFiles({ "/i/a": { image } });
    const run = (argv: readonly string[]) => (argv[0] === "qemu-img" ? { code: 127, texts: [""] } : answers(argv));
    const web1 = { name: "web1", uuid: oddUuid, state: "shut off", xml: oddXml(file) } as const;
    const { guests } = await findGuests(await fakeCluster({ ham0: () => [web1] }, "", { run }), ["web1"]);
    await expect(lookAtSource(guests[0] ?? expect.fail("no guest"), undefined)).rejects.toMatchObject({
      message: expect.stringContaining("ham0 lacks qemu-img"),
      hint: "mclu exec ham0 -- apt-get install qemu-utils",
    });
  });

  it("that has UEFI variables of the network is refused where another guest is made of it, and can be exported", async () => {
    const nvram = "<nvram type='network'><source protocol='iscsi' name='iqn.x:y/1'/></nvram></os>";
    const source = await look({ xml: oddXml(file).replace("</os>", nvram) });
    expect(source).toMatchObject({ nvram: null, disks: [{ target: "vda" }] });
    const message = expect.stringContaining("the UEFI variables of ham0/web1 are no file of ham0 but iscsi:iqn.x:y/1");
    expect(() => refuseNetworkVariables(source)).toThrow(expect.objectContaining({ exitCode: 6, message }));
    expect(() => refuseNetworkVariables({ ...source, xml: oddXml(file) })).not.toThrow();
  });

  it("is not made a command that its path has in it", async () => {
    const path = "/i/a; reboot";
    const looking = look({ devices: disk(`<source file='${path}'/>`), files: { [path]: {} } });
    await expect(looking).rejects.toMatchObject({
      hint: "mclu exec ham0 -- qemu-img info --backing-chain '/i/a; reboot'",
    });
  });

  it("has disks of known size, by path or by volume", async () => {
    const raw = { target: "vda", path: "/i/a", format: "raw", size: 4096, backing: [] };
    expect((await look({})).disks).toMatchObject([{ ...raw, allocation: null }]);
    const virsh = ([command]: readonly string[]) =>
      ({ "pool-uuid": "00000000-0000-4000-8000-000000000009", "vol-path": "/i/a" })[command ?? ""];
    expect((await look({ devices: volume, virsh })).disks).toMatchObject([raw]);
    expect((await look({ devices: "" })).disks).toEqual([]);
  });

  it("has its firmware's variables where they are there", async () => {
    const xml = oddXml("").replace("</os>", "<nvram>/nv/a.fd</nvram></os>");
    expect((await look({ xml, files: { "/nv/a.fd": {} } })).nvram).toBe("/nv/a.fd");
    expect((await look({ xml, files: {} })).nvram).toBeNull();
  });

  it("tells what a copy shares with it, and what it cannot have", async () => {
    const shared = "<disk type='file' device='cdrom'><source file='/iso'/><target dev='sda'/></disk>";
    const pci = "<address domain='0' bus='1' slot='2' function='3'/>";
    const devices = `${shared}<tpm><backend type='emulator'/></tpm><hostdev type='pci'><source>${pci}</source></hostdev>
      <interface type='hostdev'><source/></interface><serial type='file'><source path='/log'/></serial>`;
    expect((await look({ devices })).notes).toEqual([
      "sda is shared with the source: /iso",
      expect.stringContaining("its TPM begins empty"),
      expect.stringContaining("can be in one running guest alone"),
      "a network card of the node can be in one guest alone",
      expect.stringMatching(/^its \w+ port is the source's: \/log$/),
    ]);
  });
});
