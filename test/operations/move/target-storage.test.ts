import { describe, expect, it } from "vitest";
import { guestLookQuery } from "../../../src/libvirt/guest-look.ts";
import { findGuests } from "../../../src/operations/find-guest.ts";
import { judgeStorage } from "../../../src/operations/move/target-storage.ts";
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
    expect(obstacles.map(({ fix }) => fix)).toEqual([
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
    return (await judgeStorage(found, look ?? expect.fail("no look"), target, undefined)).obstacles;
  };

  it("lies below a disk by its own XML cannot be left out of a copy", async () => {
    const why = "the disk vda would be copied whole, and its XML says that it is based on /images/low";
    const fix = "mclu edit ham0/web1: take <backingStore> out; then stop and start it";
    expect(await judgeMove({ xml: oddXml(disk(chain)) })).toContainEqual({ why, fix });
    expect(await judgeMove({ xml: oddXml(disk("<backingStore/>")) })).not.toContainEqual({ why, fix });
  });
});
