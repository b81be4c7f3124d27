import { describe, expect, it } from "vitest";
import type { NodeSilence } from "../../src/node/failure.ts";
import { wait } from "../../src/operations/wait.ts";
import { type FakeGuest, fakeCluster, lostNode } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

const web1: FakeGuest = { name: "web1", uuid: testUuid(1) };

describe("wait", () => {
  const agent = (state: string) =>
    `<domain><name>web1</name><devices><channel><target name='org.qemu.guest_agent.0' state='${state}'/></channel></devices></domain>`;
  const waiting = async (
    goal: "agent" | "running" | "shut off",
    guests: (asked: number) => readonly FakeGuest[] | NodeSilence,
  ) => wait(await fakeCluster({ ham0: guests }), "web1", { for: goal, timeout: 0 });

  it("sees an agent that is connected", async () => {
    const report = await waiting("agent", () => [{ ...web1, xml: agent("connected") }]);
    expect(report).toMatchObject({ node: "ham0", name: "web1", for: "agent", address: null });
  });

  it.each<[string, Partial<FakeGuest>, object]>([
    [
      "not connected",
      { xml: agent("disconnected") },
      { exitCode: 7, message: expect.stringContaining("not connected") },
    ],
    ["not to be seen", { xml: "" }, { exitCode: 7, message: expect.stringContaining("not connected") }],
    ["none", {}, { exitCode: 6, message: "web1 will have no agent: it has no channel for one" }],
    ["off", { state: "shut off" }, { exitCode: 6, message: "web1 will have no agent: it is shut off" }],
  ])("ends with an agent that is %s", async (_what, more, expected) => {
    await expect(waiting("agent", () => [{ ...web1, ...more }])).rejects.toMatchObject(expected);
  });

  it.each([
    ["answers", "SSH-2.0-OpenSSH_9.2\n", { address: "10.0.0.5" }],
    ["does not answer", "", { exitCode: 7, message: expect.stringContaining("no ssh server answers at 10.0.0.5") }],
  ])("tries the address whose ssh server %s", async (_what, said, expected) => {
    const mac = "52:54:00:00:00:01";
    const xml = `<domain><name>web1</name><devices><interface><mac address='${mac}'/></interface></devices></domain>`;
    const arp = ` Name       MAC address          Protocol     Address\n---\n vnet0      ${mac}    ipv4         10.0.0.5/0\n`;
    const cluster = await fakeCluster({ ham0: () => [{ ...web1, xml }] }, "", {
      virsh: ([command]) => (command === "domifaddr" ? arp : undefined),
      run: ([command]) => (command === "date" ? "2026-11-21 12:00:00\n" : said),
    });
    const found = await wait(cluster, "web1", { for: "ssh", timeout: 0 }).catch((error: unknown) => error);
    expect(found).toMatchObject(expected);
  });

  it("goes on over a node that fails meanwhile, until the deadline", async () => {
    const found = waiting("running", (asked) => (asked === 0 ? [web1] : lostNode));
    await expect(found).rejects.toMatchObject({ exitCode: 7, message: expect.stringContaining("the wire was cut") });
  });

  it("says of a state that nobody knows that it is unknown", async () => {
    const found = waiting("shut off", () => [{ ...web1, state: null }]);
    await expect(found).rejects.toMatchObject({ exitCode: 7, message: expect.stringContaining("it is unknown") });
  });
});
