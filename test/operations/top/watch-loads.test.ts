import { readFileSync } from "node:fs";
import { join } from "node:path";
import v8 from "node:v8";
import vm from "node:vm";
import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { rememberNodes } from "../../../src/operations/last-seen.ts";
import type { NodeNow } from "../../../src/operations/top/observer.ts";
import { top } from "../../../src/operations/top/top.ts";
import { watchLoads } from "../../../src/operations/top/watch-loads.ts";
import { type FakeNode, fakeCluster, lostNode, offNode } from "../../support/fake-host.ts";
import { growingLoads } from "../../support/loads.ts";
import { testUuid } from "../../support/test-driver.ts";

const guests = [
  { name: "web1", uuid: testUuid(1) },
  { name: "off1", uuid: testUuid(2), state: "shut off" as const },
];
const known = [
  { name: "web1", uuid: testUuid(1), active: true },
  { name: "off1", uuid: testUuid(2), active: false },
];
const clusterOf = (nodes: Readonly<Record<string, FakeNode>>) => fakeCluster(nodes, "", growingLoads(guests));

/** Watches until enough is enough; gives everything that was said. */
async function watch(
  cluster: Cluster,
  isEnough: (said: readonly NodeNow[]) => boolean,
  options: { nodes?: readonly string[]; seconds?: number } = {},
): Promise<NodeNow[]> {
  const end = new AbortController();
  const said: NodeNow[] = [];
  await watchLoads(cluster, {
    ...{ seconds: 0.01, signal: end.signal, ...options },
    onNode(now) {
      said.push(now);
      if (isEnough(said)) end.abort();
    },
  });
  return said;
}

describe("watchLoads", () => {
  it("says what is remembered at once, then the first answer, then rates", async () => {
    const cluster = await clusterOf({ ham0: () => guests });
    rememberNodes(cluster, [{ node: "ham0", at: 7, guests: known }]);
    const [memory, first, second] = await watch(cluster, (said) => said.length > 2);
    expect(memory).toEqual({ node: "ham0", state: "pending", seen: 7, known });
    expect(first).toMatchObject({ state: "on", known, load: { cpu: null, memory: { used: 12 * 1024 ** 3 } } });
    expect(second).toMatchObject({
      load: { cpu: 2, cpus: 8, disk: { read: 1000, written: 0 } },
      guests: [
        { name: "off1", state: "shut off", cpu: null },
        { name: "web1", cpu: 0.5, cpus: 1, memory: { used: 512 * 1024 ** 2, total: 1024 ** 3 } },
      ],
    });
  });

  it("keeps a node's guests while it is silent, and has no rates of the time in between", async () => {
    const cluster = await clusterOf({ ham0: (asked) => (asked === 2 ? offNode : asked === 3 ? lostNode : guests) });
    const said = await watch(cluster, (soFar) => soFar.length > 6);
    expect(said.map(({ state }) => state)).toEqual(["pending", "on", "on", "off", "failed", "on", "on"]);
    expect(said[3]).toEqual({ node: "ham0", ...offNode, known, seen: said[2]?.seen });
    expect([said[5], said[6]]).toMatchObject([{ load: { cpu: null } }, { load: { cpu: 2 } }]);
  });

  it("waits longer and longer for a node that does not answer, and goes on with the others meanwhile", async () => {
    const cluster = await clusterOf({ ham0: () => offNode, ham1: () => guests });
    const said = await watch(cluster, (soFar) => soFar.filter(({ node }) => node === "ham1").length > 20);
    const silent = said.filter(({ node, state }) => node === "ham0" && state === "off").length;
    // after 0, 10, 20, 40, 80, 160 ms ...
    expect(silent).toBeGreaterThan(1);
    expect(silent).toBeLessThan(10);
  });

  it("watches the nodes that are named, and writes down what they have", async () => {
    const cluster = await clusterOf({ ham0: () => guests, ham1: () => guests });
    const said = await watch(cluster, (soFar) => soFar.length > 3, { nodes: ["ham1"] });
    expect(new Set(said.map(({ node }) => node))).toEqual(new Set(["ham1"]));
    const file = readFileSync(join(cluster.directories.cache, "guests.json"), "utf8");
    expect(Object.values(JSON.parse(file).clusters)).toEqual([
      [{ node: "ham1", at: expect.any(Number), guests: known }],
    ]);
  });

  it("does nothing where it is over already, and rejects for a bug", async () => {
    const cluster = await clusterOf({ ham0: () => guests });
    const signal = AbortSignal.abort();
    await watchLoads(cluster, { seconds: 1, signal, onNode: () => undefined });
    const bug = await clusterOf({
      ham0: () => {
        throw new TypeError("a bug");
      },
    });
    await expect(watch(bug, () => false)).rejects.toThrow("a bug");
  });

  it("asks a virsh without --nowait twice once, and once from then on", async () => {
    const answers = growingLoads(guests);
    let refused = 0;
    const cluster = await fakeCluster({ ham0: () => guests }, "", answers);
    const [node] = cluster.nodes;
    const ask = node?.ask.bind(node);
    Object.assign(node ?? {}, {
      ask: (query: Parameters<NonNullable<typeof ask>>[0]) => {
        if (!JSON.stringify(query.steps).includes("--nowait")) return ask?.(query);
        refused++;
        return null;
      },
    });
    expect((await watch(cluster, (said) => said.length > 4)).at(-1)?.state).toBe("on");
    expect(refused).toBe(1);
  });

  it("takes no more memory after 200 looks than after 50", async () => {
    v8.setFlagsFromString("--expose-gc");
    const collect = vm.runInNewContext("gc") as () => void;
    const many = Array.from({ length: 100 }, (_, index) => ({ name: `web${index}`, uuid: testUuid(index) }));
    const cluster = await fakeCluster({ ham0: () => many }, "", growingLoads(many));
    const end = new AbortController();
    const used: number[] = [];
    let looks = 0;
    await watchLoads(cluster, {
      ...{ seconds: 0.001, signal: end.signal },
      onNode() {
        looks++;
        if (looks % 50 !== 0) return;
        collect();
        used.push(process.memoryUsage().heapUsed);
        if (looks === 250) end.abort();
      },
    });
    expect(used).toHaveLength(5);
    // one answer kept would be 50 KiB each
    expect((used.at(-1) ?? 0) - (used[0] ?? 0)).toBeLessThan(4 * 1024 ** 2);
  });
});

describe("top", () => {
  it("looks twice at what answers, once at what does not, and remembers what it saw", async () => {
    let askedOff = 0;
    const cluster = await clusterOf({
      ham0: () => guests,
      ham1: () => {
        askedOff++;
        return offNode;
      },
    });
    const report = await top(cluster, { seconds: 0.01 });
    expect(askedOff).toBe(1);
    expect(report).toMatchObject({
      nodes: [
        { node: "ham0", state: "on", cpu: 2 },
        { node: "ham1", state: "off", seen: null },
      ],
      guests: [
        { node: "ham0", name: "web1", cpu: 0.5 },
        { node: "ham0", name: "off1", cpu: null },
      ],
      remembered: [],
    });
    const later = await fakeCluster({ ham0: () => lostNode });
    Object.assign(later, { directories: cluster.directories, config: cluster.config });
    const begun = performance.now();
    const silent = await top(later, { seconds: 60, nodes: ["ham0"], running: true });
    expect(silent.remembered).toEqual([{ ...known[0], node: "ham0", seen: expect.any(Number) }]);
    // nobody is there to be looked at twice
    expect(performance.now() - begun).toBeLessThan(30_000);
  });
});
