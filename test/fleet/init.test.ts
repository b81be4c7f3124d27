import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { InitReport } from "../../src/operations/init/init.ts";
import type { NodeListReport } from "../../src/operations/node-list.ts";
import { parseDocument } from "../support/json-schema.ts";
import { startOnTerminal, type TerminalSession } from "../support/terminal-session.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

describe("init on real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;
  /** One who has no mclu.conf. */
  let env: Readonly<Record<string, string>>;
  let file: string;
  let known: string;
  const withoutKeys = (text: string) => text.replaceAll(/^ham[12],.*\n/gm, "");
  const prints = new Map<string, string>();

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.216.0", nodes: 4, kinds: { ham1: "sudo", ham2: "jump" } });
    user = await fleetUser(fleet, { knownHosts: withoutKeys });
    env = { ...user.env, MCLU_CONFIG: "", NO_COLOR: "1" };
    known = await readFile(user.knownHosts, "utf8");
    file = join(user.home, ".config/mclu/mclu.conf");
    for (const name of ["ham1", "ham2"]) {
      const shown = await fleet.node(name).enter("ssh-keygen -lf /etc/ssh/hostkey.pub");
      prints.set(name, shown.split(" ")[1] ?? "");
    }
    await fleet.off("ham3");
  });
  afterAll(async () => await fleet?.down());

  const sessions: TerminalSession[] = [];
  afterEach(async () => {
    for (const session of sessions) session.kill("SIGTERM");
    await Promise.all(sessions.splice(0).map(({ ended }) => ended));
    // what a first try has left would be in the way of a second
    await writeFile(user.knownHosts, known);
    await rm(join(user.home, ".config"), { recursive: true, force: true });
  });
  const open = (...argv: string[]) => {
    const session = startOnTerminal(argv, env);
    sessions.push(session);
    return session;
  };
  const json = async <T>(argv: readonly string[], config: string) =>
    parseDocument<T>((await user.mclu([...argv, "-o", "json"], { env: { MCLU_CONFIG: config } })).stdout);

  it("takes no key by itself, and writes nothing, where nobody can be asked", async () => {
    const run = await user.mclu(["init", "ham0", "ham1", "ham3"], { env });
    expect([run.code, run.stdout]).toEqual([5, ""]);
    expect(run.stderr).toContain(`it shows ${prints.get("ham1")}\n  try: ssh ham1 true\n`);
    expect(run.stderr).toContain("error: nothing was written: ham1, ham3 cannot be used yet\n");
    expect(await readFile(user.knownHosts, "utf8")).toBe(known);
    expect(await readdir(user.home)).not.toContain(".config");
  });

  it("leaves nothing of a Ctrl-C at the hosts, at a key, and at a host that is off", async () => {
    for (const [hosts, question] of [
      [null, null],
      ["ham0 ham1", /yes\/no\/fingerprint\)\? /],
      ["ham0 ham3", /ham3 is off: a node all the same\? /],
    ] as const) {
      const session = open("init");
      await session.until(/nodes \(numbers.*\): /);
      if (hosts !== null) {
        session.type(`${hosts}\r`);
        await session.until(question);
      }
      session.type("\x03");
      expect(await session.ended).toMatchObject({ code: 130, changed: false });
      expect(await readdir(user.home)).not.toContain(".config");
    }
    expect(await readFile(user.knownHosts, "utf8")).toBe(known);
  });

  it("asks about hosts, keys and what is off, and writes what shows the same cluster", async () => {
    const session = open("init");
    await session.until(/ {2}1 {2}ham0\r\n {2}2 {2}ham1\r\n {2}3 {2}ham2\r\n {2}4 {2}ham3\r\n.*nodes \(numbers.*\): /);
    session.type("1-3,ham3\r");
    for (const name of ["ham1", "ham2"]) {
      await session.until(new RegExp(`  ${name}  [^?]*\\? `));
      // the screen breaks the line
      expect(session.screen().replaceAll("\r\n", "")).toContain(prints.get(name));
      session.type("yes\r");
    }
    await session.until(/ham3 is off: a node all the same\? \[y\/N\] /);
    session.type("y\r");
    const { code, screen, changed } = await session.ended;
    expect([code, changed]).toEqual([0, false]);
    expect(screen).toMatch(/ham1: on: libvirt \d[\d.]*, by sudo, mac /);
    expect(screen).toMatch(/mclu\.conf: 4 nodes\r\n\r\n {2}mclu status /);

    const written = await user.mclu(["status"], { env });
    expect(written).toMatchObject({ code: 0, stdout: (await user.mclu(["status"])).stdout });
    expect(written.stdout).toMatch(/^ham3 {21}off$/m);
    const [found, own] = await Promise.all(
      [file, user.env["MCLU_CONFIG"] ?? ""].map((config) => json<NodeListReport>(["node", "list"], config)),
    );
    const facts = (report: NodeListReport | undefined) =>
      report?.nodes.map(({ node, become, mac }) => [node, become, mac]);
    expect(facts(found)).toEqual(
      facts(own)?.map(([node, become, mac]) => [node, become, node === "ham3" ? null : mac]),
    );
    expect((await user.mclu([], { env })).stdout).toContain(`4 nodes: ham0 ham1 ham2 ham3\nof ${file}\n`);
    await expectNothingLeft(fleet.nodes.filter(({ name }) => name !== "ham3"));
  });

  it("says what keeps a host from being used, and keeps it or leaves it out as it is told", async () => {
    const who = await fleetUser(fleet);
    const named = `ham1=admin@${fleet.node("ham1").address}:22`;
    const plain = await who.mclu(["init", "ham0", named], { env: { MCLU_CONFIG: "" } });
    expect([plain.code, plain.stdout]).toEqual([0, expect.stringContaining("mclu.conf: 2 nodes\n")]);
    await Promise.all([fleet.fault("ham0", "libvirtd-stopped"), fleet.fault("ham1", "sudo-password")]);
    const own = join(who.home, "own.conf");
    const run = await who.mclu(["init", "--failed", "keep", "-f", own, "-o", "json", "ham0", "ham1", "ham3"]);
    await Promise.all([fleet.heal("ham0"), fleet.heal("ham1")]);
    expect(run.code).toBe(0);
    const { hosts } = parseDocument<InitReport>(run.stdout);
    expect(hosts).toMatchObject([
      { node: "ham0", state: "failed", reason: "libvirt-down", written: true },
      {
        node: "ham1",
        state: "failed",
        reason: "denied",
        hint: "ssh -t ham1 sudo usermod -aG libvirt admin",
        written: true,
      },
      { node: "ham3", state: "off", written: true },
    ]);
    expect((await readFile(own, "utf8")).match(/^# It (?:was off|did not answer) /gm)).toHaveLength(3);
    const leaveOut = ["init", "--failed", "leave-out", "--force", "-f", own];
    const left = await who.mclu([...leaveOut, "-o", "json", "ham0", named, "ham3"]);
    expect(parseDocument(left.stdout)).toMatchObject({
      backup: `${own}.bak`,
      hosts: [
        { node: "ham0", written: true },
        { node: "ham1", written: true },
        { node: "ham3", written: false },
      ],
    });
    await fleet.fault("ham0", "no-virsh");
    const bare = await who.mclu([...leaveOut, "ham0"]);
    await fleet.heal("ham0");
    expect([bare.code, bare.stderr]).toEqual([
      5,
      expect.stringContaining("ham0: failed: no-libvirt: virsh is not there\n  try: "),
    ]);
  });
});
