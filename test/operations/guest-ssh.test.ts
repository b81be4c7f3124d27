import { expect, it } from "vitest";
import { sshHost } from "../../src/operations/guest-ssh.ts";
import { fakeCluster } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

it("gives ssh a guest's name, but no node's, whose Host blocks are not meant for it, and nothing that it would read", async () => {
  const cluster = await fakeCluster({ ham0: () => [], ham1: () => [] });
  const hostOf = (name: string) => sshHost(cluster, { name, uuid: testUuid(1) });
  expect(hostOf("web1")).toBe("web1");
  expect(hostOf("ham1")).toBe(testUuid(1));
  expect(hostOf("-oProxyCommand=x")).toBe(testUuid(1));
});
