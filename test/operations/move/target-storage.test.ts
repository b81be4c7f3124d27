import { describe, expect, it } from "vitest";
import { guestLookQuery } from "../../../src/libvirt/guest-look.ts";
import { findGuests } from "../../../src/operations/find-guest.ts";
import { judgeStorage } from "../../../src/operations/move/target-storage.ts";
import { oddCluster } from "../../support/odd-guest.ts";

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
