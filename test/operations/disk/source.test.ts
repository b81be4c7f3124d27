import { describe, expect, it } from "vitest";
import { type AddDiskOptions, planAddDisk } from "../../../src/operations/disk/add.ts";
import { fakeFiles } from "../../support/fake-files.ts";
import { fakeCluster } from "../../support/fake-host.ts";
import { type OddGuest, oddChoice, oddCluster, oddUuid, oddXml, poolOf, targetOf } from "../../support/odd-guest.ts";
import { testUuid } from "../../support/test-driver.ts";

const disk = (target: string, bus: string, path = `/i/${target}`, more = "") =>
  `<disk type='file' device='disk'><source file='${path}'/><target dev='${target}' bus='${bus}'/>${more}</disk>`;
const add = async (guest: OddGuest, options: Partial<AddDiskOptions> = {}) =>
  targetOf(planAddDisk(await oddCluster(guest), oddChoice, { from: { size: 1024 ** 3 }, ...options }));
const from = (source: string) => ({ from: { source } });

describe("disk add of an image that is there", () => {
  const image = { filename: "/i/x", format: "qcow2", "virtual-size": 4096 };

  it.each<[string, string, OddGuest, string]>([
    ["what is no image", "/i", { files: { "/i": { kind: "directory" } } }, "/i is no image but a directory"],
    ["what qemu-img cannot read", "/i/x", { files: { "/i/x": {} } }, "qemu-img cannot read /i/x"],
    ["what is not there", "/i/x", {}, "there is no /i/x on ham0"],
    ["a volume of no pool", "p/v", {}, "ham0 has no storage pool p"],
    ["a volume of a pool that is not active", "p/v", { virsh: poolOf("dir", "inactive") }, "pool p is not active"],
    ["a volume that its pool has not", "p/v", { virsh: poolOf("dir") }, "pool p of ham0 has no volume v"],
    [
      "an image that is based on another",
      "/i/x",
      { files: { "/i/x": { image: { ...image, "backing-filename": "/i/base", "full-backing-filename": "/i/base" } } } },
      "/i/x looks like an image that is based on /i/base",
    ],
    [
      "an image whose content another file holds",
      "/i/x",
      { files: { "/i/x": { image: { ...image, "format-specific": { data: { "data-file": "shadow" } } } } } },
      "/i/x looks like an image that is based on /i/shadow",
    ],
  ])("refuses %s", async (_what, source, guest, why) => {
    expect(await add(guest, from(source))).toMatchObject({ verdict: "refused", why });
  });

  it("refuses one image for two guests, and takes the guest's own for done", async () => {
    const guests = [1, 2].map((at) => ({ name: `web${at}`, uuid: testUuid(at) }));
    const two = await fakeCluster({ ham0: () => guests });
    await expect(planAddDisk(two, { guests: ["web1", "web2"] }, from("/i/x"))).rejects.toMatchObject({ exitCode: 2 });
    const own = { files: { "/i/vda": { image } }, devices: disk("vda", "virtio") };
    for (const state of ["shut off", "running"] as const)
      expect(await add({ ...own, state }, from("/i/vda"))).toMatchObject({
        verdict: "already",
        why: "already its vda",
      });
  });

  it("refuses one that another guest has as a volume of a pool that is not active", async () => {
    const volume = "<disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vda'/></disk>";
    const guests = [
      { name: "web1", uuid: testUuid(1), state: "shut off", xml: oddXml("") },
      { name: "web2", uuid: testUuid(2), state: "shut off", xml: oddXml(volume) },
    ] as const;
    const pool = "<pool type='dir'><name>p</name><target><path>/pool</path></target></pool>";
    const virsh = ([command, ...words]: readonly string[]) => {
      if (command === "pool-list") return words.includes("--all") ? testUuid(9) : "";
      return command === "pool-dumpxml" ? pool : undefined;
    };
    const run = fakeFiles({ "/pool/v": { image } });
    const cluster = await fakeCluster({ ham0: () => guests }, "", { run, virsh });
    expect(await targetOf(planAddDisk(cluster, oddChoice, from("/pool/v")))).toMatchObject({
      ...{ verdict: "refused", why: "ham0/web2 has /pool/v as well: two guests that write to one disk ruin it" },
    });
  });

  it.each<[string, string, string, string]>([
    ["a pipe", "/i/p", "fifo", "/i/p is no image but a fifo"],
    ["a file of a dead file system", "/i/p", "no answer", "the file system of /i/p does not answer"],
    ["a link to a pipe", "/i/l", "fifo", "/i/l is no image but a fifo"],
  ])("refuses %s before qemu-img opens it", async (_what, path, leadsTo, why) => {
    const kind = path === "/i/l" ? "symbolic link" : leadsTo;
    expect(await add({ files: { [path]: { kind, leadsTo, image } } }, from(path))).toMatchObject({
      ...{ verdict: "refused", why, hint: "an image file or a block device" },
    });
  });

  it("refuses a link that leads nowhere, and takes one to a device as that", async () => {
    const link = { kind: "symbolic link", image: { ...image, format: "raw" } };
    expect(await add({ files: { "/i/l": { ...link, leadsTo: "none" } } }, from("/i/l"))).toMatchObject({
      ...{ verdict: "refused", why: "/i/l is a symbolic link that leads nowhere, or where this login may not look" },
    });
    const one = await add({ files: { "/dev/g/v": { ...link, leadsTo: "block special file" } } }, from("/dev/g/v"));
    expect(one).toMatchObject({
      difference: expect.stringMatching(/<disk type="block"[\s\S]*<source dev="\/dev\/g\/v"/),
    });
  });

  it("takes the guest's own image by another name of it for done", async () => {
    const same = { image, identity: "1:77" };
    const files = { "/i/vda": same, "/link/vda": same, "/i/x": { image } };
    const already = { verdict: "already", why: "already its vda" };
    expect(await add({ files, devices: disk("vda", "virtio") }, from("/link/vda"))).toMatchObject(already);
    const volume = "<disk type='volume'><source pool='p' volume='v'/><target dev='vda' bus='virtio'/></disk>";
    const virsh = ([command]: readonly string[]) =>
      ({ "pool-uuid": "00000000-0000-4000-8000-000000000009", "vol-path": "/i/vda" })[command ?? ""];
    for (const state of ["shut off", "running"] as const)
      expect(await add({ files, devices: volume, virsh, state }, from("/i/vda"))).toMatchObject(already);
    expect(await add({ files, devices: volume, virsh }, from("/i/x"))).toMatchObject({ verdict: "change" });
  });

  it("looks once more who has it just before", async () => {
    const one = await add({ files: { "/i/x": { image, identity: "1:7" } } }, from("/i/x"));
    expect(one.verdict === "change" ? one.actions : one).toMatchObject([
      { unbased: { path: "/i/x", identity: "1:7" } },
      // what cannot be read, or listed, beside an image that stays is no reason
      { free: { path: "/i/x", identity: "1:7", places: [] }, but: oddUuid },
      { virsh: ["attach-device", oddUuid, "/dev/stdin", "--config"] },
    ]);
  });

  it("takes the format that qemu-img says, and a device as one", async () => {
    const files = { "/i/x": { image }, "/dev/sdb": { kind: "block special file", image: { ...image, format: "raw" } } };
    const difference = async (path: string, options: Partial<AddDiskOptions> = {}) => {
      const one = await add({ files }, { ...options, ...from(path) });
      return one.verdict === "change" ? one.difference : JSON.stringify(one);
    };
    expect(await difference("/i/x")).toMatch(/<driver name="qemu" type="qcow2"/);
    expect(await difference("/i/x", { format: "raw" })).toMatch(/<driver name="qemu" type="raw"/);
    expect(await difference("/dev/sdb")).toMatch(/\+ +<disk type="block"[\s\S]*<source dev="\/dev\/sdb"\/>/);
  });
});
