import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Fault, type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser, slack } from "./fleet-user.ts";

/** Milliseconds the program may take to end once it knows that it should. */
const promptly = 1000 * slack;

describe("a run that is cut short", () => {
  let fleet: Fleet;
  let user: FleetUser;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.108.0", nodes: 4, kinds: { ham1: "sudo", ham2: "dynamic", ham3: "jump" } });
    user = await fleetUser(fleet, { timed: true });
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
});
