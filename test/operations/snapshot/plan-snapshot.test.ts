import { describe, expect, it } from "vitest";
import { planCreateSnapshot } from "../../../src/operations/snapshot/create.ts";
import { listSnapshots } from "../../../src/operations/snapshot/list.ts";
import { planDeleteSnapshot, planRevertSnapshot } from "../../../src/operations/snapshot/revert.ts";
import { planStop } from "../../../src/operations/stop.ts";
import { fakeFiles } from "../../support/fake-files.ts";
import { fakeCluster } from "../../support/fake-host.ts";
import {
  commandsOf,
  type OddGuest,
  oddChoice,
  oddCluster,
  oddUuid,
  oddXml,
  targetOf,
} from "../../support/odd-guest.ts";

const disk = "<disk><driver type='qcow2'/><source file='/i/a'/><target dev='vda'/></disk>";
const snapshot = (state: string, kind = "internal") =>
  `<domainsnapshot><name>s1</name><state>${state}</state><disks><disk snapshot='${kind}'/></disks></domainsnapshot>`;
/** A node whose guest has the snapshot `s1`. */
const having = (xml: string, version = ""): OddGuest["virsh"] => {
  const said: Readonly<Record<string, string>> = { "snapshot-list": "s1\n", "snapshot-dumpxml": xml, version };
  return ([command = ""]) => said[command];
};
const create = async (guest: OddGuest, name = "s1", description?: string) =>
  targetOf(planCreateSnapshot(await oddCluster({ devices: disk, ...guest }), oddChoice, { name, description }));
const revert = async (guest: OddGuest, name = "s1") =>
  targetOf(planRevertSnapshot(await oddCluster({ devices: disk, ...guest }), oddChoice, name));
const remove = async (guest: OddGuest, name = "s1") =>
  targetOf(planDeleteSnapshot(await oddCluster(guest), oddChoice, name));

describe("snapshot create", () => {
  it.each([
    ["", "it is empty"],
    [" ", "it is empty"],
    ["a/b", "a/b has a / or a control character"],
    ["a\nb", "has a / or a control character"],
    [".a", ".a begins with a dot"],
    ["ä".repeat(101), "it has 202 bytes, and at most 200 fit"],
  ])("refuses the name %j", async (name, why) => {
    await expect(create({}, name)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(why) });
  });

  const raw = disk.replace("qcow2", "raw");
  const host = "<hostdev type='pci'><source><address domain='0' bus='1' slot='2' function='3'/></source></hostdev>";
  const efi = oddXml(disk).replace("<os>", "<os firmware='efi'>");
  it.each<[string, OddGuest, string]>([
    ["that has one of that name", { virsh: having("") }, "it has a snapshot s1 already"],
    ["with a raw disk", { devices: raw }, "needs qcow2 disks, and vda is raw"],
    ["with a disk of no known format", { devices: "<disk><target dev='vdb'/></disk>" }, "vdb is of an unknown format"],
    ["with a disk of the network", { devices: disk.replace("<disk>", "<disk type='network'>") }, "needs qcow2 disks"],
    [
      "without a disk",
      { devices: "<disk device='cdrom'><target dev='sda'/></disk>" },
      "it has no disk that a snapshot",
    ],
    [
      "with a disk of which its XML wants external ones",
      { devices: disk + disk.replace("<disk>", "<disk snapshot='external'>").replace("vda", "vdb") },
      "its XML says snapshot='external' of vdb",
    ],
    [
      "with a disk that its XML leaves out",
      { devices: disk.replace("<disk>", "<disk snapshot='no'>") },
      "its XML says snapshot='no' of vda",
    ],
    ["with UEFI firmware", { xml: efi }, "cannot revert a guest with UEFI firmware"],
    [
      "whose disk has its content in a file of its own",
      {
        devices: disk.replace("<disk>", "<disk type='file' device='disk'>"),
        files: { "/i/a": { image: { filename: "/i/a", "format-specific": { data: { "data-file": "/i/data" } } } } },
      },
      "the content of vda lies in /i/data, which no snapshot keeps",
    ],
    ["that runs with a device of its node", { state: "running", devices: disk + host }, "whose state cannot be saved"],
  ])("refuses a guest %s", async (_what, guest, why) => {
    expect(await create(guest)).toMatchObject({ verdict: "refused", why: expect.stringContaining(why) });
  });

  it("takes longer for a guest that runs, and has a description where one is given", async () => {
    const plain = "<disk snapshot='internal'>";
    const medium = "<disk device='cdrom' snapshot='no'><target dev='sda'/></disk>";
    expect(await create({ devices: disk.replace("<disk>", plain) + medium })).toMatchObject({ verdict: "change" });
    expect(await create({ state: "running" })).toMatchObject({
      patience: 60,
      notes: [expect.stringContaining("stands still")],
    });
    const large = oddXml(disk).replace("<os>", "<memory unit='MiB'>250</memory><os>");
    expect(await create({ state: "running", xml: large })).toMatchObject({ patience: 70 });
    const off = await create({}, "s2", "before");
    expect([commandsOf(off), off]).toMatchObject([
      ["snapshot-create-as --domain --name s2 --description before"],
      { patience: 120, notes: [] },
    ]);
  });
});

describe("snapshot revert and delete", () => {
  it("refuse to revert a guest that runs on another node: both would write to the same disks", async () => {
    const here = { name: "web1", uuid: oddUuid, state: "shut off", xml: oddXml(disk) } as const;
    const nodes = { ham0: () => [here], ham1: () => [{ ...here, state: "running" } as const] };
    const virsh = having(snapshot("running")) ?? (() => undefined);
    const cluster = await fakeCluster(nodes, "", { run: fakeFiles({}), virsh });
    await planStop(cluster, { guests: [], all: true });
    const target = await targetOf(planRevertSnapshot(cluster, { guests: ["ham0/web1"] }, "s1"));
    expect(target).toMatchObject({
      verdict: "refused",
      why: "it runs on ham1: two of one guest would write to the same disks",
      hint: `mclu status ham1; if it surely does not run there: mclu virsh ham0 -- snapshot-revert ${oddUuid} s1`,
    });
  });

  it("refuse a snapshot that is not there, and say which are", async () => {
    for (const plan of [revert, remove]) {
      expect(await plan({ virsh: having("") }, "s2")).toMatchObject({ why: "it has no snapshot s2: it has s1" });
      expect(await plan({})).toMatchObject({ verdict: "refused", why: "it has no snapshot s1: it has none" });
    }
  });

  it("refuse an external one where libvirt cannot revert to it, or does not say what it is", async () => {
    const external = snapshot("disk-snapshot", "external");
    const why = expect.stringContaining("s1 is external");
    expect(await revert({ virsh: having(external) })).toMatchObject({ verdict: "refused", why });
    expect(await revert({ virsh: having(external, "Running against daemon: 9.0.0\n") })).toMatchObject({ why });
    const newer = having(external, "Running against daemon: 9.9.0\n");
    expect(await revert({ virsh: newer })).toMatchObject({ verdict: "change" });
  });

  it("refuse to revert what others are based on, and name all of them", async () => {
    const image = (file: string) => JSON.stringify({ filename: file, "full-backing-filename": "/i/a" }, null, 1);
    const scan = ["/i/b", "/i/c"].map(image).join("\n");
    const qcow2 = disk.replace("<disk>", "<disk type='file' device='disk'>");
    const base = { devices: qcow2, files: { "/i/a": {} }, scan, virsh: having(snapshot("shutoff")) };
    expect(await revert(base)).toMatchObject({
      verdict: "refused",
      why: "what is based on vda would be ruined: /i/b, /i/c",
    });
  });

  it("refuse to revert what was made of disks that it has no more, which libvirt would write", async () => {
    const of = (source: string, kind?: string) =>
      snapshot("shutoff", kind).replace("</disks>", `</disks>${oddXml(disk.replace("/i/a", source))}`);
    expect(await revert({ virsh: having(of("/i/a")) })).toMatchObject({ verdict: "change" });
    expect(await revert({ virsh: having(of("/i/old")) })).toMatchObject({
      verdict: "refused",
      why: expect.stringContaining("s1 was made of /i/old, which it no longer has"),
      hint: expect.stringContaining("mclu disk add ham0/web1 --source /i/old"),
    });
    const newer = having(of("/i/old", "external"), "Running against daemon: 9.9.0\n");
    expect(await revert({ virsh: newer })).toMatchObject({ verdict: "change" });
    expect(await remove({ virsh: having(of("/i/old")) })).toMatchObject({ verdict: "change" });
  });

  it("look in the last moment whether something was made on a disk meanwhile", async () => {
    const qcow2 = disk.replace("<disk>", "<disk type='file' device='disk'>");
    const one = await revert({ devices: qcow2, files: { "/i/a": {} }, virsh: having(snapshot("shutoff")) });
    expect(commandsOf(one)).toEqual(["unless", "unbased", "has", "snapshot-revert --domain --snapshotname s1"]);
  });

  it("refuse to revert one that was made a base, where nobody can tell what is based on it", async () => {
    const qcow2 = disk.replace("<disk>", "<disk type='file' device='disk'>");
    const base = {
      files: { "/i/a": {} },
      scan: `?${Buffer.from("/i").toString("hex")}`,
      virsh: having(snapshot("shutoff")),
    };
    const mark = "<metadata><b:base xmlns:b='urn:mclu:base:1'/></metadata>";
    const marked = oddXml(qcow2).replace("<devices>", `${mark}<devices>`);
    expect(await revert({ ...base, xml: marked })).toMatchObject({
      ...{ verdict: "refused", why: expect.stringContaining("nobody can tell what /i is based on, or has in it") },
      hint: expect.stringContaining("mclu clone ham0/web1 NEWNAME"),
    });
    expect(await revert({ ...base, devices: qcow2 })).toMatchObject({ verdict: "change" });
  });

  it("refuse to revert a saved guest, whose memory would be resumed on other disks, now and in the act", async () => {
    const virsh = having(snapshot("running"));
    expect(await revert({ managedSave: true, virsh })).toMatchObject({
      ...{ verdict: "refused", why: "it was saved, and its saved memory does not go with other disks" },
      hint: `mclu start ham0/web1 resumes it; or, to lose what was in its memory: mclu virsh ham0 -- managedsave-remove ${oddUuid}`,
    });
    expect(await remove({ managedSave: true, virsh })).toMatchObject({ verdict: "change" });
    for (const state of ["running", "shut off"] as const) {
      const one = await revert({ state, virsh });
      expect(one.verdict === "change" ? one.actions.slice(-2) : one).toMatchObject([
        { has: ["dominfo", oddUuid], text: "Managed save:   no" },
        { virsh: expect.arrayContaining(["snapshot-revert"]) },
      ]);
    }
  });

  it("say what becomes of the guest", async () => {
    const notes = async (state: "running" | "shut off", then: string) => {
      const one = await revert({ state, virsh: having(snapshot(then)) });
      return one.verdict === "change" ? one.notes.slice(1) : one;
    };
    expect(await notes("running", "shutoff")).toEqual(["it is off afterwards, as it was then"]);
    expect(await notes("shut off", "running")).toEqual(["it is running afterwards, as it was then"]);
    expect(await notes("shut off", "paused")).toEqual(["it is paused afterwards, as it was then"]);
    expect(await notes("shut off", "shutoff")).toEqual([]);
  });

  it("ask once more whether it is the snapshot that was looked at, by its time", async () => {
    const made = snapshot("shutoff").replace("<state>", "<creationTime>1700000000</creationTime><state>");
    for (const plan of [revert, remove]) {
      const one = await plan({ virsh: having(made) });
      expect(one.verdict === "change" ? one.actions.slice(-2, -1) : one).toEqual([
        {
          has: ["snapshot-dumpxml", "--domain", expect.any(String), "--snapshotname", "s1"],
          text: "<creationTime>1700000000</creationTime>",
          why: "another snapshot is named s1 meanwhile",
        },
      ]);
    }
  });

  it.each(["", "no XML"])("know nothing of one whose XML is %j, and do it all the same", async (xml) => {
    const lost = "what its disks have taken since then is lost";
    expect(await revert({ virsh: having(xml) })).toMatchObject({ verdict: "change", notes: [lost] });
    expect(commandsOf(await remove({ virsh: having(xml) })).at(-1)).toBe("snapshot-delete --domain --snapshotname s1");
    const { guests } = await listSnapshots(await oddCluster({ virsh: having(xml) }), ["web1"]);
    expect(guests).toMatchObject([{ devices: [{ name: "s1", kind: null, current: false }] }]);
  });

  it("are reverted to and deleted where the node says of one that it was made at what is no time", async () => {
    const xml = snapshot("shutoff").replace("<disks>", "<creationTime>99999999999999999999</creationTime><disks>");
    const lost = "what its disks have taken since then is lost";
    expect(await revert({ virsh: having(xml) })).toMatchObject({ verdict: "change", notes: [lost] });
    expect(await remove({ virsh: having(xml) })).toMatchObject({ verdict: "change" });
  });
});
