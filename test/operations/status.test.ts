import { describe, expect, it } from "vitest";
import type { DomainState } from "../../src/libvirt/domains.ts";
import { askOverview } from "../../src/operations/overview.ts";
import { nodeTotals, status } from "../../src/operations/status.ts";
import { fakeCluster, offNode } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

describe("askOverview", () => {
  const answering = async (...answers: unknown[]) => {
    const cluster = await fakeCluster({ ham0: () => [] });
    return askOverview(Object.assign(cluster.node("ham0"), { ask: () => Promise.resolve(answers.shift()) }), {});
  };

  it("asks again without the option that an old virsh refuses", async () => {
    const overview = { info: { cpus: 1, memory: 1 }, domains: [] };
    expect(await answering(null, overview)).toBe(overview);
    await expect(answering(null, null)).rejects.toThrow("never refused");
  });
});

describe("a node's totals", () => {
  const info = { cpus: 8, memory: 100 };
  const guest = (state: DomainState | null, memory: number | null, vcpus: number | null = 1) => ({
    ...{ name: "web1", uuid: testUuid(1) },
    ...{ state, memory, vcpus },
  });

  it("are unknown while a guest's state or size is", () => {
    const unknown = { used: { memory: null, vcpus: null }, free: null };
    expect(nodeTotals({ info, domains: [guest(null, 10), guest("running", 10)] }, 5)).toMatchObject(unknown);
    expect(nodeTotals({ info, domains: [guest("running", null, null)] }, 5)).toMatchObject(unknown);
    expect(nodeTotals({ info, domains: [guest("running", 10), guest("shut off", null)] }, 5)).toMatchObject({
      ...{ used: { memory: 10, vcpus: 1, guests: 1 }, free: 85 },
    });
  });

  it("are asked of every node where none is named", async () => {
    const { nodes } = await status(await fakeCluster({ ham0: () => [], ham1: () => offNode }));
    expect(nodes.map(({ node, state }) => `${node} ${state}`)).toEqual(["ham0 on", "ham1 off"]);
  });

  it("name the guests that several nodes have under one UUID, by these nodes", async () => {
    const guest = (name: string, index: number) => ({ name, uuid: testUuid(index) });
    const cluster = await fakeCluster({
      ham0: () => [guest("web", 1), guest("db", 2), guest("own", 3)],
      ham1: () => offNode,
      ham2: () => [guest("web", 1), guest("renamed", 2), guest("mail", 4), guest("same", 5)],
      ham3: () => [guest("mail", 4), guest("same", 6)],
    });
    const { duplicates } = await status(cluster);
    expect(duplicates).toEqual([
      { nodes: ["ham0", "ham2"], guests: [guest("web", 1), guest("db", 2)] },
      { nodes: ["ham2", "ham3"], guests: [guest("mail", 4)] },
    ]);
    expect(await status(cluster, { nodes: ["ham0", "ham3"] })).not.toHaveProperty("duplicates");
  });

  it("are the last question where nothing more is asked: each connection ends before the last node answers", async () => {
    const cluster = await fakeCluster({ ham0: () => [], ham1: () => [] });
    const left: string[] = [];
    for (const node of cluster.nodes) Object.assign(node, { leave: async () => void left.push(node.name) });
    await status(cluster);
    expect(left).toEqual([]);
    const slow = cluster.node("ham1");
    const { ask } = slow;
    let leftBefore: readonly string[] = [];
    Object.assign(slow, {
      ask: async (...question: Parameters<typeof ask>) => {
        await expect.poll(() => left).toEqual(["ham0"]);
        leftBefore = [...left];
        return ask.apply(slow, question);
      },
    });
    await status(cluster, { once: true });
    expect([leftBefore, left]).toEqual([["ham0"], ["ham0", "ham1"]]);
  });
});
