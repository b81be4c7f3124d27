import { describe, expect, it } from "vitest";
import { planAttachIso } from "../../../src/operations/iso/attach.ts";
import { planEjectIso } from "../../../src/operations/iso/eject.ts";
import {
  commandsOf,
  type OddGuest,
  oddChoice,
  oddCluster,
  oddXml,
  targetOf,
  transient,
} from "../../support/odd-guest.ts";

const iso = "/i/a.iso";
const files = {
  [iso]: {},
  "/dev/sr0": { kind: "block special file" },
  "/i": { kind: "directory" },
  "/i/p": { kind: "symbolic link", leadsTo: "fifo" },
  "/i/l": { kind: "symbolic link", leadsTo: "none" },
};
const drive = (source = "", target = "sda") =>
  `<disk type='file' device='cdrom'>${source}<target dev='${target}' bus='sata'/></disk>`;
const holding = (path: string) => drive(`<source file='${path}'/>`);
const attach = async (guest: OddGuest, path = iso, name?: string) =>
  targetOf(planAttachIso(await oddCluster({ files, ...guest }), oddChoice, path, { drive: name }));
const eject = async (guest: OddGuest, options = {}) =>
  targetOf(planEjectIso(await oddCluster(guest), oddChoice, options));

describe("iso attach", () => {
  it.each<[string, OddGuest, string, string | undefined, string]>([
    ["what is not there", {}, "/i/none", undefined, "there is no /i/none on ham0"],
    ["a directory", {}, "/i", undefined, "/i is no image but a directory"],
    ["a pipe, which would hold qemu for ever", {}, "/i/p", undefined, "/i/p is no image but a fifo"],
    ["a volume that no pool has", {}, "pool/a.iso", undefined, "ham0 has no storage pool pool"],
    ["a drive that is not there", {}, iso, "sdb", "it has no cdrom drive sdb: it has none"],
    ["another drive than it has", { devices: drive() }, iso, "sdb", "it has no cdrom drive sdb: it has sda"],
    ["a new drive while a transient guest runs", transient, iso, undefined, "its ide bus takes none while it runs"],
  ])("refuses %s", async (_what, guest, path, name, why) => {
    expect(await attach(guest, path, name)).toMatchObject({ verdict: "refused", why: expect.stringContaining(why) });
  });

  it("leaves a link to libvirt that this login cannot follow", async () => {
    expect(commandsOf(await attach({ devices: drive() }, "/i/l"))).toEqual([
      "has",
      "change-media sda /i/l --update --config",
    ]);
  });

  it("inserts into the drive, of a guest that runs at once", async () => {
    const one = await attach({ state: "running", devices: drive() });
    expect(commandsOf(one)).toEqual(["has", "has", `change-media sda ${iso} --update --config --live`]);
    expect(one).toMatchObject({ difference: expect.stringMatching(/^\+ +<source file="\/i\/a\.iso"\/>$/m) });
    expect(commandsOf(await attach({ ...transient, devices: drive() }))).toEqual([
      "has",
      `change-media sda ${iso} --update --live`,
    ]);
    const both = drive() + drive("", "sdb");
    expect(commandsOf(await attach({ devices: both }, iso, "sdb"))).toEqual([
      "has",
      `change-media sdb ${iso} --update --config`,
    ]);
  });

  it("inserts what the running guest alone lacks, and leaves its next start alone", async () => {
    const one = await attach({ state: "running", devices: drive(), next: oddXml(holding(iso)) });
    expect([commandsOf(one), one]).toMatchObject([
      ["has", `change-media sda ${iso} --update --live`],
      { difference: "" },
    ]);
    expect(await attach({ state: "running", devices: holding(iso) })).toMatchObject({ verdict: "already" });
  });

  it("says that a drive comes with the next start", async () => {
    const one = await attach({ state: "running", next: oddXml(drive()) });
    expect(one).toMatchObject({ after: "it takes effect at the next start: the drive comes with the next start" });
  });

  it("gives a block device as one", async () => {
    expect(commandsOf(await attach({ devices: holding("/old") }, "/dev/sr0"))).toEqual([
      "has",
      "change-media sda /dev/sr0 --update --block --config",
    ]);
    const one = await attach({}, "/dev/sr0");
    expect(one).toMatchObject({ difference: expect.stringMatching(/^\+ +<source dev="\/dev\/sr0"\/>$/m) });
  });

  const scsi = "<controller type='scsi' model='virtio-scsi'/><controller type='scsi'/>";
  it.each<[string, OddGuest, string]>([
    ["SCSI where the guest has virtio-scsi", { devices: scsi }, "sda"],
    ["SATA on a q35", { xml: oddXml("", "pc-q35-7.2") }, "sda"],
    ["IDE on another PC", {}, "hda"],
    ["IDE on an old one", { xml: oddXml("").replace("x86_64", "i686") }, "hda"],
    ["SCSI elsewhere", { xml: oddXml("").replace("x86_64", "aarch64") }, "sda"],
  ])("adds a drive on %s", async (_what, guest, target) => {
    expect(await attach(guest)).toMatchObject({ verdict: "change", will: `add cdrom drive ${target} with ${iso}` });
  });

  it("adds none where the bus is full, and shows none in a definition without devices", async () => {
    const full = ["a", "b", "c", "d"].map((letter) => `<disk><target dev='hd${letter}' bus='ide'/></disk>`).join("");
    expect(await attach({ devices: full })).toMatchObject({
      verdict: "refused",
      why: "no more drives fit on its ide bus",
    });
    const bare = "<domain type='qemu'><name>web1</name></domain>";
    expect(await attach({ xml: bare })).toMatchObject({ verdict: "change", difference: "" });
  });
});

describe("iso eject", () => {
  it("takes the medium out, by force if that is asked for", async () => {
    const one = await eject({ state: "running", devices: holding(iso) }, { force: true });
    expect(commandsOf(one)).toEqual(["has", "has", "change-media sda --eject --force --config --live"]);
    const live = await eject({ state: "running", devices: holding(iso), next: oddXml(drive()) });
    expect([commandsOf(live), live]).toMatchObject([["has", "change-media sda --eject --live"], { difference: "" }]);
    expect(commandsOf(await eject({ ...transient, devices: holding(iso) }))).toEqual([
      "has",
      "change-media sda --eject --live",
    ]);
  });

  it("has nothing to do without a drive or a medium, and refuses a drive that is not there", async () => {
    expect(await eject({})).toMatchObject({ verdict: "already", why: "it has no cdrom drive" });
    expect(await eject({ devices: drive() })).toMatchObject({ verdict: "already", why: "sda is empty already" });
    expect(await eject({ state: "running", devices: drive() })).toMatchObject({ verdict: "already" });
    expect(await eject({ devices: drive() }, { drive: "sdz" })).toMatchObject({ verdict: "refused" });
    expect(await eject({ state: "running", next: oddXml(holding(iso)) })).toMatchObject({ verdict: "change" });
  });
});
