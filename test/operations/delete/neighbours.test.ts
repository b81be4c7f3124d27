import { expect, it } from "vitest";
import { neighboursOf } from "../../../src/operations/delete/neighbours.ts";
import { fakeCluster } from "../../support/fake-host.ts";
import { testUuid } from "../../support/test-driver.ts";

it.each([
  ["", { paths: [], volumes: [] }],
  [testUuid(1), null],
])(
  "takes a guest for one that may name any file where libvirt lists it with snapshots and names none: %j",
  async (listed, names) => {
    const cluster = await fakeCluster({ ham0: () => [{ name: "web1", uuid: testUuid(1) }] }, "", {
      virsh: (argv) => (argv.includes("--with-snapshot") ? listed : undefined),
    });
    expect(await neighboursOf(cluster.node("ham0"), undefined)).toMatchObject([{ name: "web1", names }]);
  },
);
