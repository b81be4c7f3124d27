import { expect, it } from "vitest";
import { xml } from "../../src/operations/xml.ts";
import { fakeCluster } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

it("says of a guest that goes away while it is asked about that it did", async () => {
  const cluster = await fakeCluster({ ham0: (asked) => (asked === 0 ? [{ name: "web1", uuid: testUuid(1) }] : []) });
  await expect(xml(cluster, "web1")).rejects.toMatchObject({
    ...{ message: "libvirt on ham0 gave no XML for web1: it went away meanwhile", hint: "mclu list ham0", exitCode: 4 },
  });
});
