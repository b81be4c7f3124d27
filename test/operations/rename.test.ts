import { expect, it } from "vitest";
import { planRename } from "../../src/operations/rename.ts";
import { fakeCluster } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

const guest = { name: "web1", uuid: testUuid(1), state: null };

it("refuses a guest that may run, and one of several", async () => {
  const cluster = await fakeCluster({ ham0: () => [guest, { name: "web2", uuid: testUuid(2) }] });
  expect((await planRename(cluster, "web1", "www")).targets).toMatchObject([
    { verdict: "refused", why: "libvirt renames only guests that are off, and it is in no known state" },
  ]);
  await expect(planRename(cluster, "web*", "www")).rejects.toMatchObject({
    ...{ exitCode: 4, hint: "name one of them: ham0/web1" },
  });
});
