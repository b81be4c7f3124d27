import { describe, expect, it } from "vitest";
import { ownNetworks } from "../../../src/node/wake.ts";
import { changeExitCode } from "../../../src/operations/change-report.ts";
import { PacketSender } from "../../../src/operations/node-power/packet-sender.ts";
import { switchOn } from "../../../src/operations/node-power/switch-on.ts";
import { type FakeNode, fakeCluster, lostNode, offNode } from "../../support/fake-host.ts";

const mac = "mac = 02:00:00:00:00:01\n";
/** In a network that no machine is in. */
const far = "203.0.113.7";
const near = "2: eth0    inet 203.0.113.10/24 scope global eth0\\       valid_lft forever\n";
const elsewhere = "2: eth0    inet 198.51.100.10/24 scope global eth0\\       valid_lft forever\n";

/** A cluster of the node that is far away and of ham0, which says this of its networks and of the packet. */
async function neighbours(ham0: FakeNode, networks: string, wake = "sent\n") {
  const packets: string[] = [];
  const run = (node: string, argv: readonly string[]) => {
    if (argv[0] === "ip") return networks;
    if (!argv.includes("mclu-wake")) return "";
    packets.push(`${node} ${argv[4]} ${argv[5]}`);
    return wake;
  };
  const cluster = await fakeCluster({ [far]: () => offNode, ham0 }, mac, { run: (argv, node) => run(node, argv) });
  for (const node of cluster.nodes) Object.assign(node, { settings: { ...node.settings, transport: "auto" } });
  return { cluster, packets };
}

describe("on", () => {
  it("leaves a node alone that is on, well or not", async () => {
    const refused = { ...lostNode, reason: "refused" as const };
    const cluster = await fakeCluster({
      ham0: () => [],
      ham1: () => refused,
      ham2: () => ({ ...lostNode, reason: "jump" }),
    });
    const { results } = await switchOn(cluster, ["ham0", "ham1", "ham2"]);
    expect(results).toMatchObject([
      { node: "ham0", outcome: "already", what: "already on", detail: null },
      {
        node: "ham1",
        outcome: "already",
        what: "on, but failed",
        detail: "refused: the wire was cut",
        hint: "ping ham0",
      },
      { node: "ham2", outcome: "unreachable", detail: "jump: the wire was cut; no packet was sent" },
    ]);
    expect(changeExitCode({ results })).toBe(5);
  });

  it("wants the mac of a node that is off, and sends nothing to any", async () => {
    const cluster = await fakeCluster({ ham0: () => offNode });
    await expect(switchOn(cluster, ["ham0"])).rejects.toMatchObject({
      ...{ exitCode: 2, message: "ham0 is off, and its mac is not configured" },
      hint: "set mac = AA:BB:CC:DD:EE:FF in [node.ham0] of mclu.conf",
    });
  });

  it("has a neighbour send it where this machine is in another network", async () => {
    const { cluster, packets } = await neighbours(() => [], near);
    const steps: string[] = [];
    const { results } = await switchOn(cluster, [far], { onStep: (_, what) => steps.push(what) });
    expect(results).toMatchObject([{ node: far, outcome: "done", what: "told to wake" }]);
    expect([steps, packets]).toEqual([
      ["waking it, by ham0"],
      [`ham0 ${"ff".repeat(6)}${"020000000001".repeat(16)} 203.0.113.255`],
    ]);
  });

  it("believes no neighbour twice that another one has not been asked in place of", async () => {
    const run = (argv: readonly string[]) => (argv[0] === "ip" ? near : argv.includes("mclu-wake") ? "sent\n" : "");
    const nodes = { [far]: () => offNode, ham0: () => [], ham1: () => [] };
    const cluster = await fakeCluster(nodes, mac, { run });
    for (const node of cluster.nodes) Object.assign(node, { settings: { ...node.settings, transport: "auto" } });
    const sender = new PacketSender(cluster, undefined);
    const by: unknown[] = [];
    for (let time = 0; time < 3; time++) by.push(await sender.send(cluster.node(far), "02:00:00:00:00:01"));
    expect(by).toEqual([{ by: "ham0" }, { by: "ham1" }, { by: "ham0" }]);
  });

  it.each<[string, FakeNode, string, string, string]>([
    [
      "is off",
      () => offNode,
      near,
      "sent",
      "neither this machine nor a node that is on is in its network (203.0.113.7)",
    ],
    [
      "is elsewhere",
      () => [],
      elsewhere,
      "sent",
      "neither this machine nor a node that is on is in its network (203.0.113.7)",
    ],
    ["has no program", () => [], near, "", "ham0, in its network, could not send it: that takes python3 or perl"],
    [
      "is lost",
      (asked) => (asked === 1 ? lostNode : []),
      near,
      "sent",
      "ham0, in its network, could not send it: that takes python3 or perl",
    ],
  ])("says so where its only neighbour %s", async (_, ham0, networks, wake, detail) => {
    const { cluster } = await neighbours(ham0, networks, wake);
    const { results } = await switchOn(cluster, [far], { wait: true });
    expect(results).toMatchObject([{ outcome: "failed", what: "not woken", detail }]);
    expect(changeExitCode({ results })).toBe(1);
  });

  it("says so where it cannot be sent from here at all, and asks no neighbour that does not know the node", async () => {
    const here = await fakeCluster({ "127.0.0.1": () => offNode }, mac);
    const [own] = ownNetworks();
    const place = { hostname: own?.address ?? "", port: 22, direct: true, jumps: [] };
    Object.assign(here, { locate: async () => place });
    const sender = new PacketSender(here, undefined);
    const [node] = here.nodes;
    // an address that is none
    const sent = node && (await sender.send(node, "02:00"));
    if (own) expect(sent).toEqual({ problem: "it could not be sent from here: not a MAC address: 02:00" });
    const { cluster } = await neighbours(() => [], near);
    Object.assign(cluster, { locate: async () => ({ ...place, hostname: "no-such-host.invalid", direct: false }) });
    expect(await new PacketSender(cluster, undefined).send(cluster.node(far), "02:00:00:00:00:01")).toEqual({
      problem: "neither this machine nor a node that is on is in its network (no-such-host.invalid)",
    });
    // a name that this machine itself knows
    Object.assign(cluster, { locate: async () => ({ ...place, hostname: "localhost" }) });
    expect(await new PacketSender(cluster, undefined).send(cluster.node(far), "02:00:00:00:00:01")).toEqual({
      problem: "neither this machine nor a node that is on is in its network (127.0.0.1)",
    });
  });

  it("sends again to those that do not wake for ten seconds", async () => {
    let looks = 0;
    const slow: FakeNode = () => (looks++ < 6 ? offNode : []);
    const cluster = await fakeCluster({ ham0: slow }, mac);
    const located: string[] = [];
    const { locate } = cluster;
    Object.assign(cluster, {
      locate: (node: { name: string }) => {
        located.push(node.name);
        return locate.call(cluster, cluster.node(node.name));
      },
    });
    const { results } = await switchOn(cluster, ["ham0"], { wait: true });
    expect(results).toMatchObject([{ node: "ham0", outcome: "done", what: "on" }]);
    expect(located).toEqual(["ham0", "ham0"]);
  }, 30_000);

  it("waits no longer than it was told to for a node that freezes as it comes up, and hears the others", async () => {
    const refused = { ...lostNode, reason: "refused" as const };
    const rising: FakeNode = (asked) => (asked === 0 ? refused : []);
    const cluster = await fakeCluster({ ham0: rising, ham1: rising });
    const frozen = cluster.node("ham1");
    const { ask } = frozen;
    let asked = 0;
    const freezing: typeof ask = (query, { signal } = {}) => {
      if (asked++ === 0) return ask.call(frozen, query) as never;
      return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    };
    Object.assign(frozen, { ask: freezing });
    const started = performance.now();
    const { results } = await switchOn(cluster, ["ham0", "ham1"], { wait: true, timeout: 3 });
    expect(results).toMatchObject([
      { node: "ham0", outcome: "done", what: "on" },
      { node: "ham1", outcome: "deadline", detail: "did not wake within 3 s (no answer: it is silent)" },
    ]);
    expect(performance.now() - started).toBeLessThan(7000);
  }, 30_000);

  it("waits until libvirt answers, also on a node that is up and not ready yet", async () => {
    const booting: FakeNode = (asked) => (asked === 0 ? { ...lostNode, reason: "refused" } : []);
    const cluster = await fakeCluster({ ham0: booting, ham1: (asked) => (asked === 0 ? offNode : []) }, mac);
    const { results } = await switchOn(cluster, ["ham0", "ham1"], { wait: true });
    expect(results).toMatchObject([
      { node: "ham0", outcome: "done", what: "on" },
      { node: "ham1", outcome: "done", what: "on" },
    ]);
  });

  it("says at the deadline what each node was last", async () => {
    const failing = { ...lostNode, reason: "auth" as const };
    const cluster = await fakeCluster({ ham0: () => offNode, ham1: () => failing }, mac);
    const { results } = await switchOn(cluster, ["ham0", "ham1"], { wait: true, timeout: 0.1 });
    expect(results).toMatchObject([
      { outcome: "deadline", what: "not on", detail: "did not wake within 0.1 s (no answer: no route to host)" },
      { outcome: "deadline", detail: "did not wake within 0.1 s (auth: the wire was cut)", hint: "ping ham0" },
    ]);
    expect(changeExitCode({ results })).toBe(7);
  });
});
