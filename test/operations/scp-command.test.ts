import { expect, it } from "vitest";
import { scpCommand } from "../../src/operations/scp-command.ts";
import { fakeCluster } from "../support/fake-host.ts";

it.each([
  ["/boot/vmlinuz-6.1", "scp -3 ham0:/boot/vmlinuz-6.1 ham1:/boot/vmlinuz-6.1"],
  ["/x/$(reboot)", "scp -s -3 'ham0:/x/$(reboot)' 'ham1:/x/$(reboot)'"],
])("copies %s so that no shell of a node reads its name", async (path, command) => {
  const cluster = await fakeCluster({ ham0: () => [], ham1: () => [] });
  expect(scpCommand(cluster.node("ham0"), cluster.node("ham1"), path)).toBe(command);
});
