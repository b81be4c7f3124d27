import { describe, expect, it } from "vitest";
import { type AddDiskOptions, planAddDisk } from "../../../src/operations/disk/add.ts";
import { parseNewSize, planGrowDisk } from "../../../src/operations/disk/grow.ts";
import { listDisks } from "../../../src/operations/disk/list.ts";
import {
  commandsOf,
  type OddGuest,
  oddChoice,
  oddCluster,
  oddUuid,
  poolOf,
  targetOf,
  transient,
} from "../../support/odd-guest.ts";

const disk = (target: string, bus: string, path = `/i/${target}`, more = "") =>
  `<disk type='file' device='disk'><source file='${path}'/><target dev='${target}' bus='${bus}'/>${more}</disk>`;
const add = async (guest: OddGuest, options: Partial<AddDiskOptions> = {}) =>
  targetOf(planAddDisk(await oddCluster(guest), oddChoice, { from: { size: 1024 ** 3 }, ...options }));

describe("disk add of a new volume", () => {
  it("is refused where the pool has no files, is not active or has no directory", async () => {
    expect(await add({ virsh: poolOf("rbd") })).toMatchObject({
      verdict: "refused",
      why: expect.stringContaining("of type rbd"),
    });
    expect(await add({ virsh: poolOf("dir", "inactive") })).toMatchObject({ why: "pool default is not active" });
    expect(await add({ virsh: poolOf("dir", "running", "") })).toMatchObject({ why: "pool default has no directory" });
    expect(await add({})).toMatchObject({ verdict: "refused", why: "ham0 has no storage pool default" });
  });

  it("takes the first name that no file has, and gives up after twenty", async () => {
    const virsh = poolOf("dir");
    const taken = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`/pool/web1-vda${at === 0 ? "" : `-${at + 1}`}.img`, {}]),
      );
    const raw = { format: "raw" } as const;
    expect(await add({ virsh, files: taken(2) }, raw)).toMatchObject({ will: "add vda: /pool/web1-vda-3.img" });
    expect(await add({ virsh, files: taken(20) }, raw)).toMatchObject({
      ...{ verdict: "refused", why: "/pool/web1-vda.img is there already, and 19 more" },
    });
  });

  it("is refused where the bus is full, or takes nothing from a transient guest that runs", async () => {
    const full = ["a", "b", "c", "d"].map((letter) => disk(`hd${letter}`, "ide")).join("");
    const virsh = poolOf("dir");
    expect(await add({ virsh, devices: full })).toMatchObject({ why: "no more disks fit on its ide bus" });
    expect(await add({ ...transient, virsh, devices: disk("hda", "ide") })).toMatchObject({
      why: "its ide bus takes no disk while it runs, and it is transient",
    });
    expect(await add({ virsh, state: "running", devices: disk("hda", "ide") })).toMatchObject({
      after: "it takes effect at the next start: its ide bus takes no disk while it runs",
    });
    const strange = await add({ virsh, xml: "<domain type='qemu'><name>web1</name></domain>" });
    expect(strange).toMatchObject({ will: "add vda: /pool/web1-vda.qcow2", difference: "" });
    expect(await add({ virsh, devices: disk("xx", "odd") })).toMatchObject({ will: "add vda: /pool/web1-vda.qcow2" });
  });
});

describe("disk grow", () => {
  const grow = async (guest: OddGuest, name: string, size = { by: 512 } as ReturnType<typeof parseNewSize>) =>
    targetOf(planGrowDisk(await oddCluster(guest), oddChoice, name, size));
  const image = { filename: "/i/vda", format: "raw", "virtual-size": 4096 };
  const known = { devices: disk("vda", "virtio"), files: { "/i/vda": { image } } };

  it("reads how large", () => {
    expect([parseNewSize("20G"), parseNewSize("+1K")]).toEqual([{ to: 20 * 1024 ** 3 }, { by: 1024 }]);
    expect(() => parseNewSize("+0")).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  it("is refused for what is no disk, is read-only, or of no known size", async () => {
    const cdrom = "<disk type='file' device='cdrom'><source file='/i/c'/><target dev='sda' bus='sata'/></disk>";
    expect(await grow({ devices: cdrom }, "sda")).toMatchObject({ why: "sda is a cdrom" });
    expect(await grow({ devices: disk("vda", "virtio", "/i/a", "<readonly/>") }, "vda")).toMatchObject({
      why: "vda is read-only",
    });
    expect(await grow({ devices: disk("vda", "virtio") }, "vda")).toMatchObject({
      why: "nobody can tell how large vda is",
    });
    const sourceless = "<disk device='disk'><target dev='vdb' bus='virtio'/></disk>";
    expect(await grow({ devices: sourceless }, "vdb")).toMatchObject({ why: "nobody can tell how large vdb is" });
    expect(await grow({ devices: "" }, "vdz")).toMatchObject({ why: "it has no disk vdz: it has none" });
  });

  it("counts no header of an encrypted disk: refused while the guest is off, and else as libvirt says", async () => {
    const luks = disk(
      "vda",
      "virtio",
      "/i/vda",
      "<encryption format='luks'><secret type='passphrase' uuid='x'/></encryption>",
    );
    const encrypted = { ...known, devices: luks };
    expect(await grow(encrypted, "vda")).toMatchObject({
      ...{ verdict: "refused", why: expect.stringContaining("vda is encrypted: only the guest that runs knows") },
    });
    expect(await grow({ ...encrypted, state: "running" }, "vda")).toMatchObject({
      why: "nobody can tell how large vda is",
    });
    const virsh = ([command = ""]: readonly string[]) =>
      command === "domblkinfo" ? "Capacity: 2048\nAllocation: 0\nPhysical: 0\n" : undefined;
    expect(await grow({ ...encrypted, state: "running", virsh }, "vda")).toMatchObject({
      will: "grow vda from 2K to 2560B",
    });
  });

  it("goes on while the guest is off only where the pool takes the disk for what the guest has it as", async () => {
    const pool = "00000000-0000-4000-8000-000000000009";
    const said: Readonly<Record<string, string>> = {
      "pool-list": `${pool}\n`,
      "pool-dumpxml": "<pool type='dir'><name>default</name><target><path>/i</path></target></pool>",
    };
    const refreshed = { ...known, virsh: ([command = ""]: readonly string[]) => said[command] };
    const kept = {
      ...known,
      virsh: ([command = ""]: readonly string[]) => ({ ...said, "vol-pool": pool, "vol-name": "vda" })[command],
    };
    const words = ["--vol", "vda", "--pool", "default"];
    const look = {
      has: ["vol-dumpxml", ...words],
      text: "<format type='raw'/>",
      within: "target",
      why: "its pool takes vda for another format than raw, by what is in it",
      instead: "start it and grow it then: mclu start ham0/web1",
    };
    const resize = { virsh: ["vol-resize", ...words, "--capacity", "4608B"] };
    const actions = async (guest: OddGuest) => {
      const one = await grow(guest, "vda");
      if (one.verdict !== "change") return one;
      const [still, ...others] = one.actions.filter((action) => !("unbased" in action));
      // the volume is grown by its own name: the guest must have it still
      expect(still).toMatchObject({
        has: ["dumpxml", expect.any(String), "--inactive"],
        text: expect.stringContaining("<target dev='vda' bus='virtio'/>"),
        why: "somebody has changed its vda meanwhile",
      });
      return others;
    };
    expect(await actions(refreshed)).toEqual([{ virsh: ["pool-refresh", "--pool", "default"] }, look, resize]);
    expect(await actions(kept)).toEqual([look, resize]);
    const qcow2 = disk("vda", "virtio", "/i/vda", "<driver type='qcow2'/>");
    expect(await actions({ ...kept, devices: qcow2 })).toMatchObject([{ text: "<format type='qcow2'/>" }, resize]);
    // no pool of those looks into it
    const ceph = { ...said, "pool-dumpxml": "<pool type='rbd'><name>default</name></pool>", "vol-pool": pool };
    const virsh = ([command = ""]: readonly string[]) => ({ ...ceph, "vol-name": "vda" })[command];
    expect(await actions({ ...known, virsh })).toEqual([resize]);
  });

  it("is kept back in the last moment by no disk that a guest writes as it is", async () => {
    const one = await grow({ ...known, state: "running" }, "vda");
    expect(one.verdict === "change" ? one.actions[0] : one).toMatchObject({ unbased: { raw: ["/i/vda"] } });
    const qcow2 = disk("vda", "virtio", "/i/vda", "<driver type='qcow2'/>");
    const other = await grow({ ...known, state: "running", devices: qcow2 }, "vda");
    expect(other.verdict === "change" ? other.actions[0] : other).toMatchObject({ unbased: { raw: [] } });
  });

  it("is refused where others are based on the disk, with all of them", async () => {
    const image = (file: string) => JSON.stringify({ filename: file, "full-backing-filename": "/i/vda" }, null, 1);
    const scan = ["/i/b", "/i/c"].map(image).join("\n");
    expect(await grow({ ...known, scan }, "vda")).toMatchObject({
      verdict: "refused",
      why: "what is based on vda would be ruined: /i/b, /i/c",
    });
  });

  it("takes the image's word where libvirt has none, and needs a pool for a guest that is off", async () => {
    expect(await grow(known, "vda", { to: 4096 })).toMatchObject({ verdict: "already", why: "vda already has 4K" });
    expect(await grow(known, "vda", { to: 512 })).toMatchObject({ why: expect.stringContaining("to shrink it") });
    expect(await grow(known, "vda")).toMatchObject({ why: "no active pool of ham0 has /i/vda" });
    expect(commandsOf(await grow({ ...known, state: "running" }, "vda"))).toEqual([
      "unbased",
      "blockresize --path vda --size 4608B",
    ]);
    const said = ([command = ""]: readonly string[]) =>
      command === "domblkinfo" ? "Capacity: 4096\nAllocation: 0\nPhysical: 0\n" : undefined;
    // what libvirt itself shows is looked at again
    const shown = await grow({ ...known, state: "running", virsh: said }, "vda");
    expect(shown.verdict === "change" ? shown.actions : shown).toMatchObject([
      { unbased: { path: "/i/vda" } },
      { has: ["domblkinfo", oddUuid, "--device", "vda"], text: "Capacity:       4096\n" },
      { virsh: ["blockresize", oddUuid, "--path", "vda", "--size", "4608B"] },
    ]);
    const empty = "<disk device='disk'><target dev='vdb' bus='virtio'/></disk>";
    expect(await grow({ devices: empty, virsh: said }, "vdb")).toMatchObject({ why: "no active pool of ham0 has it" });
  });
});

it("disk list has what is known of each disk, from whoever knows it", async () => {
  const rows = async (guest: OddGuest) => (await listDisks(await oddCluster(guest), ["web1"])).guests[0]?.devices;
  const both = { capacity: 4096, allocation: 512 };
  const image = { filename: "/i/vda", format: "raw", "virtual-size": 4096, "actual-size": 512 };
  expect(await rows({ ...transient, devices: disk("vda", "virtio"), files: { "/i/vda": { image } } })).toMatchObject([
    { now: true, next: false, ...both },
  ]);
  const volume =
    "<disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vda'/></disk><disk><target dev='vdb'/></disk>";
  const xml = "<volume><capacity unit='bytes'>4096</capacity><allocation unit='bytes'>512</allocation></volume>";
  const virsh = ([command]: readonly string[]) => (command === "vol-dumpxml" ? xml : undefined);
  expect(await rows({ devices: volume, virsh })).toMatchObject([both, { capacity: null, allocation: null }]);
});
