import { expect, it } from "vitest";
import { readImages } from "../../../src/operations/delete/images.ts";
import { fakeCluster } from "../../support/fake-host.ts";
import { testUuid } from "../../support/test-driver.ts";

it("looks for images where pools have files or volumes, beside disks, and nowhere else", async () => {
  const pools: Readonly<Record<string, string>> = {
    [testUuid(1)]: "<pool type='dir'><name>a</name><target><path>/images</path></target></pool>",
    [testUuid(2)]: "<pool type='logical'><name>b</name><target><path>/dev/vg</path></target></pool>",
    [testUuid(3)]: "<pool type='rbd'><name>c</name></pool>",
    [testUuid(4)]: "<pool type='scsi'><name>d</name><target><path>/dev/disk/by-path</path></target></pool>",
  };
  let scanned: readonly string[] = [];
  const cluster = await fakeCluster({ ham0: () => [] }, "", {
    virsh: ([command, uuid = ""]) =>
      command === "pool-list"
        ? `${Object.keys(pools).join("\n")}\n`
        : command === "pool-dumpxml"
          ? pools[uuid]
          : undefined,
    run: (argv) => {
      if (argv[2]?.includes("stat -c") && !argv[2].includes("qemu-img"))
        return argv
          .slice(4)
          .map(() => "none\n")
          .join("");
      scanned = argv;
      return undefined;
    },
  });
  await readImages(cluster.node("ham0"), [], ["/srv/web1.qcow2", "/dev/vdb"], undefined);
  const places = ["/images", "/dev/vg", "/srv", "/dev", "/dev/disk/by-path"].filter((place) => scanned.includes(place));
  expect(places).toEqual(["/images", "/dev/vg", "/srv"]);
});
