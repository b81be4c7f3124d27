import { describe, expect, it } from "vitest";
import { guestLookQuery } from "../../../src/libvirt/guest-look.ts";
import { findGuests } from "../../../src/operations/find-guest.ts";
import { judgeStorage } from "../../../src/operations/move/target-storage.ts";
import { type AbleNode, ableNodes, diskXml, guestXml } from "../../support/able-node.ts";
import { fakeFiles } from "../../support/fake-files.ts";
import { type FakeGuest, fakeCluster } from "../../support/fake-host.ts";
import { oddCluster, oddXml } from "../../support/odd-guest.ts";
import { testUuid } from "../../support/test-driver.ts";

/** What stands against a guest whose disk has this path, on a node whose files are the same and which has no pool. */
async function judge(path: string) {
  const image = { filename: path, format: "qcow2", "virtual-size": 4096 };
  const source = path.replaceAll("\n", "&#10;");
  const devices = `<disk type='file' device='disk'><driver type='qcow2'/><source file='${source}'/><target dev='vda'/></disk>`;
  const cluster = await oddCluster({ devices, files: { [path]: { image } } });
  const { guests } = await findGuests(cluster, ["web1"]);
  const guest = guests[0] ?? expect.fail("no guest");
  const [look] = await guest.node.ask(guestLookQuery([guest.uuid]));
  return judgeStorage(guest, look ?? expect.fail("no look"), guest.node, undefined);
}

describe("a disk's path", () => {
  it("is one word of what the user is told to type, whatever is in it", async () => {
    const { obstacles } = await judge("/images/$(reboot); x.qcow2");
    expect((await obstacles([])).map(({ fix }) => fix)).toEqual([
      "mclu exec ham0 -- ls -l '/images/$(reboot); x.qcow2'; mclu gc ham0 where a move or a build left it",
    ]);
  });

  it("that would be two lines of a job's list is refused", async () => {
    await expect(judge("/images/a\ndefault\tvictim.qcow2")).rejects.toMatchObject({
      exitCode: 6,
      message: "the path of the disk vda of ham0/web1 has a control character",
    });
  });
});

describe("what a guest names beside its disks", () => {
  const vda = "/images/vda.qcow2";
  const disk = (inner: string) =>
    `<disk type='file' device='disk'><driver type='qcow2'/><source file='${vda}'/>${inner}<target dev='vda'/></disk>`;
  const chain =
    "<backingStore type='file'><format type='qcow2'/><source file='/images/low'/><backingStore/></backingStore>";
  /** What stands against the storage of a running guest of ham0 on ham1, which has no file. */
  const judgeMove = async (guest: Partial<FakeGuest>) => {
    const image = { filename: vda, format: "qcow2", "virtual-size": 4096 };
    const [here, far] = [fakeFiles({ [vda]: { image } }), fakeFiles({})];
    const web1 = { name: "web1", uuid: testUuid(1), xml: oddXml(""), ...guest };
    const cluster = await fakeCluster({ ham0: () => [web1], ham1: () => [] }, "", {
      run: (argv, node) => (node === "ham0" ? here : far)(argv),
    });
    const { guests } = await findGuests(cluster, ["web1"]);
    const found = guests[0] ?? expect.fail("no guest");
    const [look] = await found.node.ask(guestLookQuery([found.uuid]));
    const target = cluster.node("ham1");
    return (await judgeStorage(found, look ?? expect.fail("no look"), target, undefined)).obstacles([]);
  };

  it("lies below a disk by its own XML cannot be left out of a copy", async () => {
    const why = "the disk vda would be copied whole, and its XML says that it is based on /images/low";
    const fix = "mclu edit ham0/web1: take <backingStore> out; then stop and start it";
    expect(await judgeMove({ xml: oddXml(disk(chain)) })).toContainEqual({ why, fix });
    expect(await judgeMove({ xml: oddXml(disk("<backingStore/>")) })).not.toContainEqual({ why, fix });
  });
});

const path = "/images/web1.qcow2";

interface Case {
  readonly devices: string;
  /** Those of its next start; default: the same. */
  readonly next?: string;
  readonly state?: FakeGuest["state"];
  /** What qemu-img says of the disk: the image, and what it is based on. */
  readonly chain?: readonly object[];
  readonly target?: AbleNode;
}

/** What stands against a guest of ham0 on ham1. */
async function between({
  devices,
  next = devices,
  state = "running",
  chain = [{ format: "qcow2" }],
  target = {},
}: Case) {
  const web1: FakeGuest = { name: "web1", uuid: testUuid(1), state, ...definitionsOf(devices, next) };
  const images = chain.map((one) => ({ filename: path, "virtual-size": 4096, "actual-size": 4096, ...one }));
  const run: AbleNode["run"] = ([program]) => (program === "qemu-img" ? JSON.stringify(images) : undefined);
  const answers = ableNodes({ ham0: { files: { [path]: {}, "/dev/sdb": {} }, run }, ham1: target });
  const cluster = await fakeCluster({ ham0: () => [web1], ham1: () => [] }, "", answers);
  const { guests } = await findGuests(cluster, ["web1"]);
  const guest = guests[0] ?? expect.fail("no guest");
  const [look] = await guest.node.ask(guestLookQuery([guest.uuid]));
  return judgeStorage(guest, look ?? expect.fail("no look"), cluster.node("ham1"), undefined);
}

function definitionsOf(...[now = "", next = ""]: readonly string[]) {
  return { xml: guestXml("web1", "", now), next: guestXml("web1", "", next) };
}

/** Its only pool is gone when it is asked about by its name. */
const fleetingPool: AbleNode["virsh"] = ([command, ...args]) =>
  command === "pool-dumpxml" && args.includes("default") ? "" : undefined;

/** Its only pool has no directory. */
const placelessPool: AbleNode["virsh"] = ([command]) =>
  command === "pool-dumpxml" ? "<pool type='dir'><name>default</name></pool>" : undefined;

/** It says nothing of its room. */
const silentPool: AbleNode["virsh"] = ([command]) =>
  command === "pool-info" ? "State: running\nCapacity: -\nAvailable: -\n" : undefined;

const linked = [
  { format: "qcow2", "backing-filename": "/images/base.qcow2" },
  { format: "qcow2", filename: "/images/base.qcow2" },
];

describe("disks on their way to another node", () => {
  it.each<[string, Case, readonly string[], readonly string[]]>([
    ["that are copied", { devices: diskXml("vda", path) }, [], []],
    [
      "that are based on another image are copied with it from a guest that runs",
      { devices: diskXml("vda", path), chain: linked },
      [],
      ["the disk vda is copied with what it is based on, and stands alone then"],
    ],
    [
      "that are based on another image do not go without it",
      { devices: diskXml("vda", path), chain: linked, state: "shut off" },
      ["the disk vda is based on /images/base.qcow2, which the target has not"],
      [],
    ],
    [
      "whose directory is no pool's",
      { devices: diskXml("vda", path), target: { room: null } },
      ["it has no active pool at /images, where the disk vda has to be"],
      [],
    ],
    [
      "whose directory is that of a pool that goes meanwhile",
      { devices: diskXml("vda", path), target: { virsh: fleetingPool } },
      ["it has no active pool at /images, where the disk vda has to be"],
      [],
    ],
    [
      "where the one pool has no directory",
      { devices: diskXml("vda", path), target: { virsh: placelessPool } },
      ["it has no active pool at /images, where the disk vda has to be"],
      [],
    ],
    [
      "for which there is less room than they take now",
      {
        devices: diskXml("vda", path),
        chain: [{ format: "qcow2", "virtual-size": 8 * 1024 ** 2, "actual-size": 3 * 1024 ** 2 }],
        target: { room: 1024 ** 2 },
      },
      ["pool default: 3M wanted, 1M free"],
      [],
    ],
    [
      "of which a pool does not say how much room it has",
      {
        devices: diskXml("vda", path),
        chain: [{ format: "qcow2", "actual-size": null }],
        target: { virsh: silentPool },
      },
      ["pool default: 1M wanted, unknown free"],
      [],
    ],
    [
      "of another format",
      { devices: diskXml("vda", path, "vmdk"), chain: [{ format: "vmdk" }] },
      ["the disk vda has the format vmdk: only qcow2 and raw can be copied"],
      [],
    ],
    [
      "of the network go with its XML",
      { devices: "<disk type='network' device='disk'><source protocol='rbd' name='p/i'/><target dev='vda'/></disk>" },
      [],
      [],
    ],
    [
      "in a drive must be there",
      {
        devices:
          "<disk type='file' device='cdrom'><source file='/iso/a.iso'/><target dev='sda'/></disk><disk type='file' device='cdrom'><source file='/iso/b.iso'/><target dev='sdb'/></disk>",
        target: { files: { "/iso/b.iso": {} } },
      },
      ["it has no /iso/a.iso, which is in a drive of the guest"],
      [],
    ],
    [
      "that come with the next start would stay behind, and so would media",
      {
        devices: diskXml("vda", path, "qcow2"),
        next: `${diskXml("vdb", "/images/later.qcow2", "qcow2")}<disk type='file' device='cdrom'><source file='/iso/a.iso'/><target dev='sda'/></disk>`,
      },
      [
        "it has no /iso/a.iso, which is in a drive of the guest",
        "the disk vdb, which the guest gets with its next start, would stay behind: /images/later.qcow2",
      ],
      [],
    ],
    [
      "in a pool, and controllers, that come with the next start would stay behind",
      {
        devices: diskXml("vda", path, "qcow2"),
        next: "<disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vdb'/></disk><disk type='nvme' device='disk'><source type='pci' namespace='1'><address domain='0x0000' bus='0x01' slot='0x00' function='0x2'/></source><target dev='vdc'/></disk>",
      },
      [
        "the disk vdb, which the guest gets with its next start, would stay behind: p/v",
        "the disk vdc, which the guest gets with its next start, would stay behind: nvme:0000:01:00.2/1",
      ],
      [],
    ],
  ])("%s", async (_what, how, why, notes) => {
    const judged = await between(how);
    expect([(await judged.obstacles([])).map((one) => one.why), judged.notes]).toEqual([why, notes]);
  });

  it.each([
    ["<shareable/>", "the disk vda of ham0/web1 is shareable: other guests may be writing it"],
    ["", "the disk vda of ham0/web1 is a block device of its node: /dev/sdb"],
  ])("that others write, or that are devices, never go: %j", async (more, message) => {
    const devices =
      more === ""
        ? diskXml("vda", "/dev/sdb", "raw", "block")
        : diskXml("vda", path).replace("<target", `${more}<target`);
    await expect(between({ devices })).rejects.toMatchObject({ exitCode: 6, message });
  });
});
