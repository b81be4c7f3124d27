import { describe, expect, it } from "vitest";
import { parseDomain } from "../../../src/libvirt/domain-xml.ts";
import type { SourceDisk } from "../../../src/operations/clone/source.ts";
import { findGuests } from "../../../src/operations/find-guest.ts";
import { judgeBase } from "../../../src/operations/move/linked-disk.ts";
import { fakeFiles } from "../../support/fake-files.ts";
import { type FakeGuest, fakeCluster } from "../../support/fake-host.ts";
import { oddXml } from "../../support/odd-guest.ts";
import { testUuid } from "../../support/test-driver.ts";

const [base, copy] = ["/images/base.qcow2", "/images/base-ham1.qcow2"];
const image = (name: string, path: string, at: number): FakeGuest => ({
  ...{ name, uuid: testUuid(at), state: "shut off" },
  xml: oddXml(
    `<disk type='file' device='disk'><driver type='qcow2'/><source file='${path}'/><target dev='vda'/></disk>`,
  ).replace("web1", name),
});
const linked: SourceDisk = {
  ...{ target: "vda", path: "/images/web1.qcow2", format: "qcow2", size: 4096, allocation: 512 },
  ...{ backing: [base], data: [], baseFormat: "qcow2" },
};

interface World {
  readonly disk?: Partial<SourceDisk>;
  /** Of ham0, besides the guest. */
  readonly images?: readonly FakeGuest[];
  readonly there?: readonly FakeGuest[];
  /** One letter that stands for the content of each file of ham1; of ham0 all are `a`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly devices?: string;
}

async function judge({
  disk,
  images = [image("base1original", base, 2)],
  there = [],
  files = {},
  devices = "",
}: World) {
  const web1: FakeGuest = { name: "web1", uuid: testUuid(1), state: "shut off", xml: oddXml(devices) };
  const cluster = await fakeCluster({ ham0: () => [web1, ...images], ham1: () => there }, "", {
    run: (argv, node) => {
      const has = node === "ham0" ? { [base]: "a", "/images/deep": "a" } : files;
      if (!argv[2]?.includes("sha256sum"))
        return fakeFiles(Object.fromEntries(Object.keys(has).map((path) => [path, {}])))(argv);
      const letters: Readonly<Record<string, string>> = has;
      return argv
        .slice(4)
        .map((path) => `${(letters[path] ?? "-").repeat(64)}  -\n`)
        .join("");
    },
  });
  const [guest = expect.fail("no guest")] = (await findGuests(cluster, ["ham0/web1"])).guests;
  return judgeBase(guest, parseDomain(web1.xml ?? ""), { ...linked, ...disk }, cluster.node("ham1"), undefined);
}

describe("the base of a linked clone that is off", () => {
  it("is the same file there, and every one below it", async () => {
    expect(await judge({ files: { [base]: "a" } })).toEqual({
      ...{ obstacles: [], relink: null, bases: [] },
      same: [{ here: base, there: base, stamps: { here: "1:0 4096 then", there: "1:0 4096 then" } }],
    });
    const deep = { backing: [base, "/images/deep"] };
    expect((await judge({ disk: deep, files: { [base]: "a", "/images/deep": "a" } })).obstacles).toEqual([]);
    expect((await judge({ disk: deep, files: { [base]: "a" } })).obstacles).toHaveLength(1);
  });

  it("is the copy of the image that it was cloned from, which is a base from then on", async () => {
    const there = [image("base1original", copy, 3)];
    expect(await judge({ there, files: { [copy]: "a" } })).toEqual({
      obstacles: [],
      relink: { base: copy, format: "qcow2" },
      bases: [{ uuid: testUuid(3), name: "base1original" }],
      same: [{ here: base, there: copy, stamps: { here: "1:0 4096 then", there: "1:0 4096 then" } }],
    });
  });

  const start = "mclu start ham0/web1: a guest that runs moves with all of its disk";
  const chain = `<disk type='file' device='disk'><driver type='qcow2'/><source file='/images/web1.qcow2'/><backingStore type='file'><format type='qcow2'/><source file='${base}'/><backingStore/></backingStore><target dev='vda'/></disk>`;
  it.each<[string, World, string, string]>([
    [
      "is not there",
      {},
      `the disk vda is based on ${base}, which the target has not`,
      "mclu image copy ham0/base1original ham1; then the move again",
    ],
    [
      "is a guest's that is no image yet",
      { images: [image("base", base, 2)] },
      `the disk vda is based on ${base}, which the target has not`,
      "mclu image mark ham0/base; mclu image copy ham0/base ham1; then the move again",
    ],
    ["is nobody's", { images: [] }, `the disk vda is based on ${base}, which the target has not`, start],
    [
      "has another content there",
      { there: [image("base1original", copy, 3)], files: { [copy]: "b" } },
      `the disk vda is based on ${base}, and what ham1/base1original has is another`,
      start,
    ],
    [
      "is written there",
      { there: [{ ...image("base1original", copy, 3), state: "running" }], files: { [copy]: "a" } },
      `ham1/base1original runs, and writes ${copy}, which the guest would be based on`,
      "mclu stop ham1/base1original",
    ],
    [
      "is named by the XML under its path here",
      { there: [image("base1original", copy, 3)], files: { [copy]: "a" }, devices: chain },
      `the disk vda would be based on ${copy}, and its XML names ${base}`,
      "mclu edit ham0/web1: take <backingStore> out",
    ],
    [
      "is a data file",
      { disk: { data: ["/images/raw"] } },
      "the content of the disk vda lies in /images/raw, too",
      start,
    ],
  ])("that %s keeps it where it is", async (_what, world, why, fix) => {
    expect((await judge(world)).obstacles).toEqual([{ why, fix }]);
  });
});
