import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { builtProgram } from "../support/run-built.ts";
import { startOnTerminal } from "../support/terminal-session.ts";
import { startTmux } from "../support/tmux.ts";
import { startBusyGuest } from "./busy-guest.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

interface Rates {
  readonly name: string;
  readonly state: string;
  readonly cpu: number | null;
  readonly memory: { readonly used: number | null };
  readonly disk: { readonly read: number | null; readonly written: number | null };
  readonly network: { readonly received: number | null; readonly sent: number | null };
}

describe("top on real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.221.0", nodes: 3, kinds: { ham1: "sudo" } });
    user = await fleetUser(fleet);
    await fleet.define("ham0", ["web1"], { start: true });
    await fleet.define("ham1", ["db1"], { template: "none", start: true });
    await fleet.define("ham2", ["idle1"], { template: "none" });
  });
  afterAll(async () => await fleet?.down());

  /** The sessions that sshd has for mclu, by the numbers of their processes. */
  const sessions = async (node: string) =>
    (await fleet.node(node).enter("pgrep -f '^sshd: .*@notty$' || true")).trim().split("\n");

  it("says what nodes and guests do, by two looks", { retry: 1 }, async () => {
    const run = await user.mclu(["top", "-o", "json", "--interval", "1"]);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    const { nodes, guests } = parseDocument<{ nodes: Rates[]; guests: Rates[] }>(run.stdout);
    expect(nodes.map(({ state }) => state)).toEqual(["on", "on", "on"]);
    for (const { cpu, memory } of nodes) {
      expect(cpu).toBeGreaterThan(0);
      expect(memory.used).toBeGreaterThan(1e8);
    }
    expect(guests.map(({ name }) => name).sort()).toEqual(["db1", "idle1", "web1"]);
    const web = guests.find(({ name }) => name === "web1");
    expect(web?.cpu).toBeGreaterThanOrEqual(0);
    expect(web?.disk.read).toBeGreaterThanOrEqual(0);
    expect(web?.memory.used).toBeGreaterThan(1e7);
    await expectNothingLeft(fleet.nodes);
  });

  it("is at home on a terminal: keys, nodes off and on, sizes, Ctrl-Z, and all as it was", {
    timeout: 240_000,
  }, async () => {
    const { PATH = "", ...env } = user.env;
    // a first try may have left its node newly started
    await fleet.node("ham0").enter("virsh -q -c qemu:///system start web1 2>&1 || true");
    const shell = startTmux(["bash", "--norc", "--noprofile", "-i"], { ...env, PATH, TERM: "screen", PS1: "ready> " });
    await shell.until("ready>");
    const enter = (text: string) => {
      shell.type(text);
      shell.press("Enter");
    };
    const mclu = builtProgram(["top", "--interval", "0.5"]).join(" ");
    enter("clear; set -- $(stty -g)");
    enter(`echo what stood here; ${mclu}`);
    await shell.until(/nodes 3\/3 {2}guests 3 {2}by cpu[\s\S]*ham0\/web1 +\[/);
    const before = await sessions("ham0");
    expect(before).toHaveLength(1);

    shell.type("m");
    await shell.until("by memory");
    shell.type("/web");
    await shell.until(/guests 1\/3[\s\S]*\/web_/);
    shell.press("Enter");
    await shell.until(/filter: web[\s\S]*q quit/);
    // the same connection for every look
    expect(await sessions("ham0")).toEqual(before);
    shell.resize(40, 12);
    const narrow = await shell.until(/^NAME +CPU +MEM +DISK +NET$/m);
    expect(narrow.split("\n").every((line) => line.length <= 40)).toBe(true);
    shell.resize(160, 50);
    await shell.until(/READ WRITE +RECV {2}SENT/);
    shell.resize(80, 24);

    await fleet.off("ham0");
    await shell.until(/nodes 2\/3[\s\S]*ham0 +off, last seen \d+s ago[\s\S]*ham0\/web1 +was running \d+s ago/, 60);
    await fleet.on("ham0");
    await shell.until(/nodes 3\/3[\s\S]*ham0\/web1 +shut off/, 60);

    shell.press("C-z");
    expect(await shell.until(/Stopped/)).toMatch(/^what stood here$/m);
    expect(shell.screen()).not.toContain("ham0/web1");
    enter("fg");
    await shell.until(/nodes 3\/3[\s\S]*ham0\/web1/);
    shell.type("q");
    // until then top reads what is typed
    await shell.until(/ready>$/);
    enter('echo code $?, settings $([ "$1" = "$(stty -g)" ] && echo same)');
    const after = await shell.until(/^code 0, settings same$/m);
    expect(after).toMatch(/^what stood here$/m);
    expect(after).not.toContain("ham0/web1");
    await expectNothingLeft(fleet.nodes);
  });

  it.each([
    ["SIGTERM", 130],
    ["SIGHUP", 129],
  ] as const)("gives the terminal back at %s, and leaves nothing on the nodes", async (signal, code) => {
    const session = startOnTerminal(["top", "--interval", "0.2"], user.env);
    await session.until(/nodes .*3\/3/);
    await session.until(/ham1\/db1/);
    session.kill(signal);
    const ended = await session.ended;
    expect([ended.code, ended.changed]).toEqual([code, false]);
    // the cursor is there again, and nothing is drawn behind it
    expect(ended.screen).toMatch(/\x1b\[\?25h\x1b\[\?1049l$/);
    await expectNothingLeft(fleet.nodes);
  });

  it("lives through a connection that is cut, and one that is frozen", { timeout: 120_000 }, async () => {
    const session = startOnTerminal(["--read-timeout", "4", "top", "--interval", "0.5", "ham1", "ham2"], {
      ...user.env,
      NO_COLOR: "1",
    });
    await session.until(/nodes .*2\/2/);
    const [before] = await sessions("ham2");
    await fleet.node("ham2").enter(`kill ${before}`);
    // asked anew over another connection, or said to be lost until it is
    await expect
      .poll(async () => (await sessions("ham2"))[0], { timeout: 30_000 })
      .toMatch(new RegExp(`^(?!${before}$)\\d+$`));
    await fleet.fault("ham1", "libvirtd-frozen");
    await session.until(/ham1 +failed: slow/, 60);
    await fleet.heal("ham1");
    await session.until(/ham1 +\[/, 60);
    session.type("q");
    expect(await session.ended).toMatchObject({ code: 0, changed: false });
    await expectNothingLeft(fleet.nodes);
  });

  it("has the rates of a guest that sends and writes, and sorts and filters by them", {
    timeout: 400_000,
  }, async () => {
    // a first try may have left one
    const there = (await fleet.node("ham2").enter("virsh -q -c qemu:///system list --all --name")).split("\n");
    if (!there.includes("busy1")) await startBusyGuest(fleet, "ham2", "busy1");
    const top = async (...argv: string[]) => (await user.mclu(["top", "--interval", "3", ...argv])).stdout;
    const rates = async () => {
      const { nodes, guests } = parseDocument<{ nodes: (Rates & { node: string })[]; guests: Rates[] }>(
        await top("-o", "json"),
      );
      const [node, guest] = [nodes.find(({ node }) => node === "ham2"), guests.find(({ name }) => name === "busy1")];
      return [node, guest].map((of) => ({ sent: 0, received: 0, written: 0, ...of?.network, ...of?.disk }));
    };
    // once it has booted
    await expect.poll(async () => (await rates())[1]?.sent, { timeout: 240_000 }).toBeGreaterThan(2_000);
    for (const { sent, received, written } of await rates()) {
      expect(sent).toBeGreaterThan(2_000);
      expect(received).toBeGreaterThan(2_000);
      expect(written).toBeGreaterThan(10_000);
      // and no more than it can be
      expect(Math.max(sent ?? 0, received ?? 0)).toBeLessThan(1e6);
    }
    for (const what of ["network", "disk"])
      expect((await top("-o", "name", "--sort", what)).split("\n")[0]).toBe("ham2/busy1");
    expect(await top("-o", "name", "--filter", "busy")).toBe("ham2/busy1\n");

    const { PATH = "", ...env } = user.env;
    const screen = startTmux(builtProgram(["top", "--interval", "1"]), { ...env, PATH, TERM: "screen" });
    await screen.until(/ham2\/busy1 +\[/, 60);
    const order = [
      ["N", /by name[\s\S]*ham0\/[\s\S]*ham2\/busy1/],
      ["n", /by network[\s\S]*\nham2 [\s\S]*\n\nham2\/busy1 [\s\S]*ham1\/db1/],
      ["d", /by disk[\s\S]*\nham2 [\s\S]*\n\nham2\/busy1 [\s\S]*ham1\/db1/],
    ] as const;
    for (const [key, shows] of order) {
      screen.type(key);
      await screen.until(shows, 60);
    }
    // of the guest and of its node, in kilobytes
    expect(screen.screen()).toMatch(/^ham2\/busy1 .* [\d.]+K +[\d.]+K$/m);
    screen.type("/busy");
    await screen.until(/guests 1\//);
    screen.press("Enter");
    screen.type("r");
    await screen.until(/filter: busy[\s\S]*ham2\/busy1/);
    expect(screen.screen()).not.toContain("idle1");
  });
});
