import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Fault, type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser, type NodeRow, slack } from "./fleet-user.ts";

/** Milliseconds the program may take to end once it knows that it should. */
const promptly = 1000 * slack;

describe("a run that is cut short", () => {
  let fleet: Fleet;
  let user: FleetUser;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.96.0", nodes: 4, kinds: { ham1: "sudo", ham2: "dynamic", ham3: "jump" } });
    user = await fleetUser(fleet);
  });
  afterEach(async () => {
    await Promise.all(fleet.nodes.map(({ name }) => fleet.heal(name)));
    await expectNothingLeft(fleet.nodes);
  });
  afterAll(() => fleet?.down());

  /** Resolves when mclu's virsh runs on a node. */
  const virshRuns = async (name: string) => {
    const look = "until pgrep -x virsh >/dev/null; do sleep 0.02; done";
    await fleet.node(name).enter(`timeout 20 sh -c '${look}'`);
  };

  it.each(["SIGINT", "SIGTERM"] as const)("ends at %s while virsh hangs on every kind of node", async (name) => {
    await Promise.all(fleet.nodes.map((node) => fleet.fault(node.name, "libvirtd-frozen")));
    const when = Promise.all(fleet.nodes.map((node) => virshRuns(node.name)));
    const result = await user.mclu(["status"], { signal: { name, when } });
    expect(result).toMatchObject({ code: 130, stdout: "", stderr: "" });
    expect(result.afterSignal).toBeLessThan(promptly);
    await expectNothingLeft(fleet.nodes);
  });

  const waits: [string, string, Fault][] = [
    ["a node's silence", "ham2", "dropped"],
    ["a frozen sshd", "ham2", "sshd-frozen"],
    ["a port that says nothing", "ham2", "silent"],
    ["a server that stops after its banner", "ham2", "banner-only"],
    ["a jump host's silence", "ham0", "dropped"],
    ["a frozen jump host", "ham0", "sshd-frozen"],
    ["a silent node behind a jump host", "ham3", "dropped"],
    ["a frozen sshd behind a jump host", "ham3", "sshd-frozen"],
  ];
  it.each(waits)("ends its wait for %s at SIGINT", async (_what, node, fault) => {
    await fleet.fault(node, fault);
    const signal = { name: "SIGINT", when: sleep(800) } as const;
    const result = await user.mclu(["status", "ham1", "ham2", "ham3"], { signal });
    expect(result).toMatchObject({ code: 130, stdout: "", stderr: "" });
    expect(result.afterSignal).toBeLessThan(promptly);
    await expectNothingLeft(fleet.nodes.filter(({ name }) => name !== node));
  });

  /** `status` of a sound node and of one that breaks while virsh runs there; the second one's row. */
  const breakMidway = async (node: string, break_: () => Promise<unknown>) => {
    await fleet.fault(node, "libvirtd-frozen");
    const run = user.mclu(["--read-timeout", "2", "status", "-o", "json", "ham1", node], { limit: 30_000 });
    await virshRuns(node);
    await break_();
    const broken = performance.now();
    const result = await run;
    const { nodes } = JSON.parse(result.stdout) as { nodes: NodeRow[] };
    expect(nodes[0]).toMatchObject({ node: "ham1", state: "on" });
    expect(result.code).toBe(5);
    return { row: nodes[1], ms: performance.now() - broken };
  };

  it.each(["ham2", "ham3"])("gives %s up, and ends, when its sshd freezes in the middle", async (node) => {
    const { row, ms } = await breakMidway(node, () => fleet.fault(node, "sshd-frozen"));
    expect(row).toMatchObject({ node, state: "failed", reason: "slow", detail: "no answer within 5 s" });
    // the deadline here is 3 s longer than the node's own
    expect(ms).toBeLessThan(5000 * slack);
  });

  it("gives a node up, and ends, when its cable is pulled in the middle", async () => {
    const { row, ms } = await breakMidway("ham2", () => fleet.fault("ham2", "unplugged"));
    expect(row).toMatchObject({ state: "failed", reason: "slow", detail: "no answer within 5 s" });
    expect(ms).toBeLessThan(5000 * slack);
    // its sshd cannot know: it is not this test's
    await fleet.off("ham2");
    await fleet.on("ham2");
  });

  it("says lost when the session is killed on the node, and the node's virsh ends too", async () => {
    const { row, ms } = await breakMidway("ham2", () =>
      fleet.node("ham2").enter("pkill -KILL -f '[s]shd: root@notty'"),
    );
    expect(row).toMatchObject({ state: "failed", reason: "lost", hint: "mclu status" });
    expect(row?.detail).toMatch(/^the connection was lost: /);
    expect(ms).toBeLessThan(promptly);
    await expectNothingLeft([fleet.node("ham2")]);
  });

  it("says lost when the node is switched off in the middle", async () => {
    const { row, ms } = await breakMidway("ham2", () => fleet.off("ham2"));
    expect(row).toMatchObject({ state: "failed", reason: "lost" });
    expect(ms).toBeLessThan(promptly);
    await fleet.on("ham2");
  });

  it("answers after 5 s where the name server is dead", async () => {
    await fleet.fault("ham2", "dropped");
    const resolver = join(user.home, "resolv.conf");
    await writeFile(resolver, "nameserver 10.96.0.12\n");
    const asking = await fleetUser(fleet, {
      config: (text) => text.replace("[nodes]\n", "[nodes]\nnowhere = nowhere.example\n"),
    });
    const under = ["unshare", "--mount", "sh", "-c", `mount --bind '${resolver}' /etc/resolv.conf && exec "$@"`, "sh"];
    const result = await asking.mclu(["status", "-o", "json", "nowhere"], { under });
    const { nodes } = JSON.parse(result.stdout) as { nodes: NodeRow[] };
    expect(nodes[0]).toMatchObject({
      reason: "unknown-host",
      detail: "nowhere.example has no address: the name server did not answer within 5 s",
    });
    expect(result.code).toBe(5);
    // the end comes later: the C library's question cannot be taken back
    expect(result.chunks[0]?.ms).toBeLessThan(7500);
  });
});
