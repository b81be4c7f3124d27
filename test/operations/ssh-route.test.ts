import { expect, it } from "vitest";
import { withSshRoute } from "../../src/operations/ssh-route.ts";
import { fakeCluster } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

const card = "52:54:00:00:00:01";

/** What ssh is given for a guest of this name. */
async function hostOf(name: string): Promise<string> {
  const xml = `<domain><name>x</name><devices><interface><mac address='${card}'/></interface></devices></domain>`;
  const table = ` Name       MAC address          Protocol     Address\n---\n vnet0      ${card}    ipv4         10.0.0.5/24\n`;
  const guest = { name, uuid: testUuid(1), xml };
  const cluster = await fakeCluster({ ham0: () => [guest], ham1: () => [] }, "", {
    virsh: ([command]) => (command === "domifaddr" ? table : undefined),
    run: (argv) => (argv[0] === "date" ? "2026-11-21 12:00:00\n" : undefined),
  });
  return withSshRoute(cluster, `ham0/${name}`, { connector: ["mclu"] }, async ({ host }) => host);
}

it("gives ssh a guest's name, but no node's, whose Host blocks are not meant for it, and nothing that it would read", async () => {
  expect(await hostOf("web1")).toBe("web1");
  expect(await hostOf("ham1")).toBe(testUuid(1));
  expect(await hostOf("-oProxyCommand=x")).toBe(testUuid(1));
});
