import { describe, expect, it } from "vitest";
import { planDelete } from "../../../src/operations/delete/plan-delete.ts";
import { fakeFiles } from "../../support/fake-files.ts";
import { type FakeNode, fakeCluster, lostNode } from "../../support/fake-host.ts";
import { ended, fakeJobs, jobFacts } from "../../support/fake-jobs.ts";
import {
  commandsOf,
  type OddGuest,
  oddChoice,
  oddCluster,
  oddUuid,
  oddXml,
  targetOf,
} from "../../support/odd-guest.ts";
import { testUuid } from "../../support/test-driver.ts";

const disk = (path: string) =>
  `<disk type='file' device='disk'><driver type='qcow2'/><source file='${path}'/><target dev='vda' bus='virtio'/></disk>`;
const nvram = oddXml(disk("/i/a")).replace("</os>", "<nvram>/nv/a.fd</nvram></os>");
const tpm = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>";
const said = (more: Readonly<Record<string, string>>): NonNullable<OddGuest["virsh"]> => {
  const all: Readonly<Record<string, string>> = { help: "--nvram --tpm", ...more };
  return ([command = ""]) => all[command];
};
const plan = async (guest: OddGuest, force = false) =>
  targetOf(planDelete(await oddCluster({ virsh: said({}), files: { "/i/a": {} }, ...guest }), oddChoice, { force }));
const filesOf = (target: Awaited<ReturnType<typeof plan>>) =>
  target.verdict === "change" ? (target.files ?? []) : expect.fail(JSON.stringify(target));

describe("delete", () => {
  it("takes with the definition all that libvirt knows of the guest, and tells it", async () => {
    const snapshot =
      "<domainsnapshot><name>s</name><disks><disk snapshot='external'><source file='/i/over'/></disk></disks></domainsnapshot>";
    const one = await plan({
      ...{ managedSave: true, xml: oddXml(disk("/i/a") + tpm) },
      virsh: said({ "snapshot-list": "s\nt\n", "snapshot-dumpxml": snapshot, "checkpoint-list": "c\n" }),
    });
    expect(commandsOf(one)).toEqual([
      "unless",
      "has",
      "free",
      "only",
      "undefine --managed-save --snapshots-metadata --checkpoints-metadata --tpm",
      "unless",
      "remove",
    ]);
    expect(filesOf(one).map(({ what, fate }) => `${fate} ${what}`)).toEqual([
      "remove definition",
      "remove saved memory",
      "remove 2 snapshots (what libvirt knows of)",
      "remove 1 checkpoint (what libvirt knows of)",
      "remove TPM state",
      expect.stringContaining("disk vda"),
      "keep file of a snapshot",
      "keep file of a snapshot",
    ]);
  });

  it.each([
    ["that has begun", "no", "yes", "refused"],
    ["that is over", "yes", "yes", "change"],
    ["that no client has begun", "no", "no", "change"],
  ])("leaves a guest to a job on any node %s", async (_what, stale, begun, verdict) => {
    const hex = Buffer.from("web1").toString("hex");
    const name = ["name", hex, "20261121T134500-aaaaaaaa", "0", "1", "5", "yes", stale, hex, begun].join("\t");
    const guest = { name: "web1", uuid: oddUuid, state: "shut off", xml: oddXml("") } as const;
    const cluster = await fakeCluster({ ham0: () => [guest], ham1: () => [] }, "", {
      virsh: said({}),
      run: ({ [2]: script = "" }, node) => (node === "ham1" && script.includes("names look") ? `${name}\n` : ""),
    });
    const target = await targetOf(planDelete(cluster, oddChoice, { force: true }));
    expect(target).toMatchObject({ verdict });
    if (verdict === "refused")
      expect(target).toMatchObject({ why: "a job has its name on ham1: a build, a copy or a move", hint: "mclu jobs" });
  });

  it.each<[string, boolean, string, string, (readonly string[])?]>([
    ["refuses a guest whose move was cut off", false, oddUuid, "refused"],
    ["says what stays of it where it is forced", true, oddUuid, "change"],
    ["has no word for one of another guest of the name", false, testUuid(9), "change"],
    ["has no word for one that is under way", false, oddUuid, "change", ["started\t990", "live\tleader"]],
  ])("%s", async (_what, force, uuid, verdict, state = ended("failed", 1)) => {
    const spec = JSON.stringify({ kind: "migrate", guest: "web1", template: "ham 2" });
    const facts = [`spec\t${spec}`, ...state];
    const list = jobFacts(["20261121T134500-aaaaaaaa", ...facts]);
    const guest = { name: "web1", uuid: oddUuid, state: "shut off", xml: oddXml("") } as const;
    const cluster = await fakeCluster({ ham0: () => [guest], ham1: () => [] }, "", {
      virsh: said({}),
      run: fakeJobs({ list: (node) => (node === "ham1" ? list : jobFacts()) }, ({ [2]: script = "" }) =>
        script.includes("rollback") ? `20261121T134500-aaaaaaaa ${uuid}\n` : "",
      ),
    });
    const target = await targetOf(planDelete(cluster, oddChoice, { force }));
    const cutOff = "its move from ham1 to ham 2 was cut off";
    const repair = "mclu migrate --cleanup ham1/web1 'ham 2'";
    expect(target).toMatchObject({ verdict });
    if (verdict === "refused")
      expect(target).toMatchObject({ why: cutOff, hint: `${repair}; or --force leaves what it made` });
    else
      expect(target).toMatchObject({ notes: force ? [`${cutOff}: what it made there stays; before: ${repair}`] : [] });
  });

  it("keeps the file that holds an image's content, and a disk that holds another image's", async () => {
    const image = (file: string, data: string) =>
      JSON.stringify({ filename: file, "format-specific": { data: { "data-file": data } } }, null, 1);
    const own = await plan({ xml: oddXml(disk("/i/a")), scan: image("/i/a", "a.raw") });
    expect(filesOf(own).map(({ what, path, fate }) => [what, path, fate])).toEqual([
      ["definition", null, "remove"],
      ["disk vda", "/i/a", "remove"],
      ["data of vda", "/i/a.raw", "keep"],
    ]);
    const others = await plan({ xml: oddXml(disk("/i/a")), scan: image("/i/b", "a") });
    expect(filesOf(others)).toContainEqual(
      expect.objectContaining({ path: "/i/a", fate: "keep", reason: "/i/b is backed by it" }),
    );
  });

  it("tells of the file that a block job copies a disk into, once where that is what the disk is based on", async () => {
    const mirrored = (path: string) => disk("/i/a").replace("<target", `<mirror job='copy'>${path}</mirror><target`);
    const scan = JSON.stringify({ filename: "/i/a", "full-backing-filename": "/i/base" }, null, 1);
    const kept = async (path: string) =>
      filesOf(await plan({ xml: oddXml(mirrored(path)), scan, state: "running" }, true)).flatMap(
        ({ what, path, fate }) => (fate === "keep" ? [`${what} ${path}`] : []),
      );
    const base = "base of vda /i/base";
    expect(await kept("<source file='/i/copy'/>")).toEqual([base, "copy of vda /i/copy"]);
    expect(await kept("<source file='/i/base'/>")).toEqual([base]);
    expect(await kept("<source protocol='nbd' name='x'/>")).toEqual([base]);
  });

  it("has no word for a TPM whose state this libvirt keeps by itself", async () => {
    const one = await plan({ xml: oddXml(tpm), virsh: said({ help: "--nvram" }) });
    expect(commandsOf(one)).toContain("undefine");
  });

  it("removes the firmware's variables, and not where another guest names them or libvirt keeps them", async () => {
    expect(commandsOf(await plan({ xml: nvram }))).toContain("undefine --nvram");
    const transient = await plan({ xml: nvram, state: "running", transient: true }, true);
    expect(transient).toMatchObject({
      notes: ["it runs, and is powered off first", "it is transient, defined nowhere"],
    });
    expect(commandsOf(transient)).toEqual(["unless", "until", "destroy", "unless"]);
    expect(filesOf(transient)[0]).toMatchObject({ what: "firmware variables", fate: "keep", size: null });
  });

  it("keeps the firmware's variables where a guest cannot be read, or a node that may share them is silent", async () => {
    const own = { name: "web1", uuid: oddUuid, state: "shut off", xml: nvram } as const;
    const beside = async (ham1: FakeNode) => {
      const files = fakeFiles({ "/i/a": {}, "/nv/a.fd": { fileSystem: "nfs" } });
      const cluster = await fakeCluster({ ham0: () => [own], ham1 }, "", { run: files, virsh: said({}) });
      return targetOf(planDelete(cluster, { guests: ["ham0/web1"] }));
    };
    const unread = await beside(() => [{ name: "odd", uuid: testUuid(9), xml: "<domain><broken" }]);
    const silent = await beside(() => lostNode);
    const reasons = [
      "nobody can tell which disks ham1/odd has",
      "it is on shared storage, and these nodes did not answer: ham1",
    ];
    for (const [index, target] of [unread, silent].entries()) {
      const reason = reasons[index];
      expect(commandsOf(target)).toContain("undefine --keep-nvram");
      expect(filesOf(target)).toContainEqual(
        expect.objectContaining({ what: "firmware variables", fate: "keep", reason }),
      );
    }
  });

  it("removes a disk that is there by what it is", async () => {
    const one = await plan({ devices: disk("/i/a") });
    expect(commandsOf(one).at(-1)).toBe("remove");
    expect(one).toMatchObject({
      uuid: oddUuid,
      files: [{ what: "definition" }, { path: "/i/a", fate: "remove", size: 4096 }],
    });
  });

  it.each([
    ["an image cannot be read", "!", "/i/odd"],
    ["a directory cannot be listed", "?", "/i"],
  ])("keeps every disk while %s", async (_what, sign, place) => {
    const hex = Buffer.from(place).toString("hex");
    const cluster = await oddCluster({
      devices: disk("/i/a"),
      files: { "/i/a": {} },
      scan: `${sign}${hex}\n`,
      virsh: said({}),
    });
    const reason = `nobody can tell what ${place} is based on, or has in it`;
    expect(await targetOf(planDelete(cluster, oddChoice))).toMatchObject({
      files: [{ what: "definition" }, { fate: "keep", reason }],
    });
  });
});

it("UEFI variables that the network has are kept, and said to be", async () => {
  const remote = "<nvram type='network'><source protocol='iscsi' name='iqn.x:y/1'/></nvram></os>";
  const one = await plan({ xml: oddXml(disk("/i/a")).replace("</os>", remote) });
  const reason = "they are no file of the node";
  expect(filesOf(one)).toContainEqual({
    ...{ what: "firmware variables", path: "iscsi:iqn.x:y/1", size: null, fate: "keep", reason },
  });
});
