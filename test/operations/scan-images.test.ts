import { expect, it } from "vitest";
import { scanImages } from "../../src/operations/scan-images.ts";
import { fakeCluster } from "../support/fake-host.ts";

it("says where it gave up following a chain, which more rights would not mend", async () => {
  // each is based on one of another directory
  const run = ([, , script, , , ...places]: readonly string[]) =>
    script?.includes("qemu-img")
      ? places
          .map((path) => JSON.stringify({ filename: path, "full-backing-filename": `/up${path}` }, null, 1))
          .join("\n")
      : undefined;
  const cluster = await fakeCluster({ ham0: () => [] }, "", { run });
  const { images, unread, untold } = await scanImages(cluster.node("ham0"), ["/i"], { raw: [], named: [], pools: [] });
  const last = `${"/up".repeat(32)}/i`;
  expect([images.length, unread, untold]).toEqual([32, [last], [{ path: last, isHidden: false }]]);
});
