import { appendFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.ts";
import type { NodeSilence } from "../../src/node/failure.ts";
import { findReachable } from "../../src/operations/guest-address.ts";
import { guestKeys } from "../../src/operations/guest-ssh.ts";
import { wait } from "../../src/operations/wait.ts";
import { answersAt, claimingCards, claimingCluster } from "../support/claiming-guest.ts";
import { type FakeGuest, fakeCluster, lostNode } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

const web1: FakeGuest = { name: "web1", uuid: testUuid(1) };

describe("wait", () => {
  const agent = (state: string) =>
    `<domain><name>web1</name><devices><channel><target name='org.qemu.guest_agent.0' state='${state}'/></channel></devices></domain>`;
  const waiting = async (
    goal: "agent" | "ip" | "running" | "shut off",
    guests: (asked: number) => readonly FakeGuest[] | NodeSilence,
  ) => wait(await fakeCluster({ ham0: guests }), "web1", { for: goal, timeout: 0 });

  it.each([
    [1, "it is running"],
    [0, "ham0 has not answered"],
  ])("keeps its deadline with a node that freezes after %i looks", async (looks, now) => {
    const cluster = await fakeCluster({ ham0: () => [web1] });
    const node = cluster.node("ham0");
    const ask = node.ask.bind(node);
    let asked = 0;
    Object.assign(node, {
      ask: ((query, how) => {
        // the first finds the guest
        if (asked++ <= looks) return ask(query, how);
        return new Promise((_, reject) => how?.signal?.addEventListener("abort", () => reject(how.signal?.reason)));
      }) satisfies typeof node.ask,
    });
    const began = performance.now();
    await expect(wait(cluster, "web1", { for: "shut off", timeout: 2 })).rejects.toMatchObject({
      ...{ exitCode: 7, message: `web1: no shut off within 2 s: ${now}` },
    });
    expect(performance.now() - began).toBeLessThan(12_000);
  });

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

  it("says of an ssh server that may be another machine's that nobody can tell, until a host key of it is known", async () => {
    const greets = { "10.0.0.5": "SSH-2.0-x\n" };
    const doubtOf = async (cluster: Cluster) => (await wait(cluster, "web1", { for: "ssh", timeout: 0 })).doubt;
    const cluster = await claimingCluster(["10.0.0.5"], {}, greets);
    const doubt = "the agent of web1 says that it is at 10.0.0.5, and ham0 cannot see whose address that is";
    expect(await doubtOf(cluster)).toBe(doubt);
    const { state } = cluster.directories;
    Object.assign(cluster.directories, { state: "/proc/none" });
    expect(await doubtOf(cluster)).toBe(doubt);
    Object.assign(cluster.directories, { state });
    appendFileSync(
      guestKeys(cluster),
      `${testUuid(1)} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n`,
    );
    expect(await doubtOf(cluster)).toBeNull();
    const certain = await claimingCluster(["10.0.0.5"], answersAt("10.0.0.5", claimingCards[0]), greets);
    expect(await doubtOf(certain)).toBeNull();
  });

  it("takes no ssh server for the guest's that came between the look at its address and the greeting", async () => {
    const owners = { ...answersAt("10.0.0.5", claimingCards[0]) };
    const greetings = {
      get "10.0.0.5"() {
        owners["10.0.0.5"] = "open\n10.0.0.5 lladdr 52:54:00:00:00:99 REACHABLE\n";
        return "SSH-2.0-x\n";
      },
    };
    const cluster = await claimingCluster(["10.0.0.5"], owners, greetings);
    await expect(wait(cluster, "web1", { for: "ssh", timeout: 0 })).rejects.toMatchObject({
      message: "web1: no ssh within 0 s: the agent of web1 says that it is at 10.0.0.5, and that is 52:54:00:00:00:99",
    });
  });

  it("takes no ssh server for the guest's that its agent alone says and that is another machine's", async () => {
    const cluster = await claimingCluster(["10.0.0.5"], { "10.0.0.5": "node" });
    await expect(wait(cluster, "web1", { for: "ssh", timeout: 0 })).rejects.toMatchObject({
      message: "web1: no ssh within 0 s: the agent of web1 says that it is at 10.0.0.5, and that is ham0 itself",
      exitCode: 7,
    });
  });

  it("tries eight addresses at most, however many an agent says", async () => {
    const mac = "52:54:00:00:00:01";
    const card = `<interface><mac address='${mac}'/></interface>`;
    const xml = agent("connected").replace("</devices>", `${card}$&`);
    const rows = Array.from({ length: 500 }, (_, index) => ` eth0 ${mac} ipv4 10.0.${index >> 8}.${index & 255}/16\n`);
    const said = ` Name       MAC address          Protocol     Address\n---\n${rows.join("")}`;
    const tried: string[] = [];
    const cluster = await fakeCluster({ ham0: () => [{ ...web1, xml }] }, "", {
      virsh: (argv) => (argv.includes("agent") ? said : undefined),
      run: (argv) => {
        if (argv[2]?.includes("/dev/tcp")) tried.push(`${argv[2].includes("ip route")} ${argv.at(-1)}`);
        return "";
      },
    });
    const addresses = ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.7"];
    await expect(wait(cluster, "web1", { for: "ssh", timeout: 0 })).rejects.toMatchObject({
      message: `web1: no ssh within 0 s: no ssh server answers at ${addresses.join(", ")}`,
    });
    const asked = ["true", "false"].flatMap((asks) => addresses.map((address) => `${asks} ${address}`));
    expect(tried.splice(0)).toEqual(asked);
    expect(await findReachable(cluster, "web1")).toMatchObject({ address: "10.0.0.0" });
    expect(tried).toEqual(asked);
  });

  it("says of a guest without a network card how it gets one, to whoever wants to log in", async () => {
    const cluster = await fakeCluster({ ham0: () => [web1] }, "", {
      run: ([command]) => (command === "date" ? "2026-11-21 12:00:00\n" : ""),
    });
    await expect(findReachable(cluster, "web1")).rejects.toMatchObject({
      message: "no address of web1 is known: no network interface",
      hint: "mclu nic add ham0/web1, or mclu console ham0/web1",
    });
  });

  it("goes on over a node that fails meanwhile, until the deadline", async () => {
    const found = waiting("running", (asked) => (asked === 0 ? [web1] : lostNode));
    await expect(found).rejects.toMatchObject({ exitCode: 7, message: expect.stringContaining("the wire was cut") });
  });

  it("goes on over one that fails between the guest's state and its addresses", async () => {
    const found = waiting("ip", (asked) => (asked < 2 ? [web1] : lostNode));
    await expect(found).rejects.toMatchObject({ exitCode: 7, message: expect.stringContaining("no ip within 0 s: ") });
  });

  it.each(["ip", "shut off"] as const)("for %s ends where the guest is no longer there", async (goal) => {
    const found = waiting(goal, (asked) => (asked === 0 ? [web1] : []));
    await expect(found).rejects.toMatchObject({
      ...{ exitCode: 4, message: "web1 is no longer on ham0", hint: "mclu list" },
    });
  });

  it("says of a state that nobody knows that it is unknown", async () => {
    const found = waiting("shut off", () => [{ ...web1, state: null }]);
    await expect(found).rejects.toMatchObject({ exitCode: 7, message: expect.stringContaining("it is unknown") });
  });
});
