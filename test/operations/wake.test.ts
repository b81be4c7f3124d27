import { describe, expect, it } from "vitest";
import { findGuests } from "../../src/operations/find-guest.ts";
import { nodesToWake, wakeNodes } from "../../src/operations/wake.ts";
import { type FakeGuest, fakeCluster, offNode } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

const web1: FakeGuest = { name: "web1", uuid: testUuid(1) };

describe("--wake", () => {
  it("takes nodes by themselves and by their guests", async () => {
    const cluster = await fakeCluster({ ham0: () => [], ham1: () => [], ham2: () => [] });
    const named = (...args: [string[], string[]?]) => nodesToWake(cluster, ...args).map(({ name }) => name);
    expect(named(["ham1/web1", "ham2:web2", "web3"])).toEqual(["ham1", "ham2"]);
    expect(named(["web1"], ["ham0"])).toEqual(["ham0"]);
  });

  it("wants a node, and names the one that had such a guest", async () => {
    const cluster = await fakeCluster({ ham0: () => [web1] });
    const hint = (start: string) => expect.objectContaining({ exitCode: 2, hint: expect.stringContaining(start) });
    expect(() => nodesToWake(cluster, ["web1"])).toThrow(hint("mclu start --wake NODE/GUEST"));
    await findGuests(cluster, "all");
    expect(() => nodesToWake(cluster, ["web1"])).toThrow(hint("mclu start --wake ham0/GUEST"));
  });

  it("sends nothing to a node that is on, and refuses one that is off without its mac", async () => {
    const cluster = await fakeCluster({ ham0: () => [], ham1: () => offNode });
    await expect(wakeNodes(cluster, cluster.nodes)).rejects.toMatchObject({
      ...{ message: "ham1 is off, and its mac is not configured", exitCode: 2 },
    });
    await wakeNodes(cluster, cluster.select(["ham0"]));
  });

  it("waits until the node answers, or gives up at the deadline", async () => {
    const settings = "mac = 02:00:00:00:00:01\n";
    const woken: string[] = [];
    const waking = await fakeCluster({ ham0: (asked) => (asked === 0 ? offNode : []) }, settings);
    await wakeNodes(waking, waking.nodes, { onStep: (node) => woken.push(node) });
    expect(woken).toEqual(["ham0"]);
    const dead = await fakeCluster({ ham0: () => offNode }, settings);
    await expect(wakeNodes(dead, dead.nodes, { timeout: 0.1 })).rejects.toMatchObject({
      ...{ message: "ham0: did not wake within 0.1 s (no answer: no route to host)", exitCode: 7 },
    });
  });
});
