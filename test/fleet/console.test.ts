import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startOnTerminal, type TerminalSession, window } from "../support/terminal-session.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser, slack } from "./fleet-user.ts";
import { screenName } from "./screens.ts";

const virsh = "virsh -q -c qemu:///system";
const leave = "\x1d";

describe("a guest's console on real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.157.0", nodes: 3, kinds: { ham1: "sudo", ham2: "jump" } });
    user = await fleetUser(fleet);
    await mkdir(join(user.home, "templates"));
    await writeFile(join(user.home, "templates/plain.conf"), "[template]\nimage = tiny\nmemory = 128M\n");
    await fleet.define("ham0", ["web1"], { start: true });
  });
  afterAll(async () => await fleet?.down());

  const sessions: TerminalSession[] = [];
  const open = (argv: readonly string[], who = user) => {
    const env = { ...who.env, MCLU_PATH: join(user.home, "templates"), NO_COLOR: "1" };
    const session = startOnTerminal(argv, env);
    sessions.push(session);
    return session;
  };
  // what a failure left attached shall not be in the way of others
  afterEach(async () => {
    for (const session of sessions) session.kill("SIGTERM");
    await Promise.all(sessions.splice(0).map(({ ended }) => ended));
    await fleet.heal("ham0");
  });
  const on = (node: string, script: string) => fleet.node(node).enter(script);
  /** The size of the terminal that virsh has on the node, `ROWS COLUMNS`, once it is as expected or the time is up. */
  const sizeOn = async (node: string, rows: number, columns: number) => {
    const look = `stty -F /proc/$(pgrep -nf 'virsh -q -c [q]emu.* console')/fd/0 size`;
    const size = `${rows} ${columns}`;
    await on(
      node,
      `timeout ${20 * slack} sh -c 'until [ "$(${look.replaceAll("'", '"')})" = "${size}" ]; do sleep 0.1; done'`,
    );
  };
  const attached = async (session: TerminalSession) => await session.until(/its console; \^\] leaves\r\n/);

  /** Presses Enter until the guest asks who it is: what comes before virsh has the terminal is dropped by it. */
  const promptOf = async (session: TerminalSession) => {
    for (let tries = 60; tries > 0; tries--) {
      session.type("\r");
      if (
        await session.until(/login: /, 4).then(
          () => true,
          () => false,
        )
      )
        return;
    }
    throw new Error(`no login: ${JSON.stringify(session.screen().slice(-500))}`);
  };

  it("passes keys and output on, follows the window, and has the terminal as it was when it is left", {
    timeout: 400_000,
  }, async () => {
    const session = open(["vm", "console", "web1"]);
    await attached(session);
    await sizeOn("ham0", window.rows, window.columns);
    // it may still be starting
    await promptOf(session);
    // getty shows what is typed; Ctrl-C is the guest's
    session.type("h\x03\r");
    await session.until(/login: /);
    session.type("somebody\r");
    await session.until(/somebody\r+\nPassword: /);
    session.grow();
    await sizeOn("ham0", window.rows + 5, window.columns + 10);
    session.type(leave);
    expect(await session.ended).toMatchObject({ code: 0, changed: false });
    await expectNothingLeft([fleet.node("ham0")]);
  });

  it("refuses where a session is attached already, and takes it over with --force", async () => {
    const first = open(["console", "web1"]);
    await attached(first);
    await promptOf(first);
    const second = await open(["console", "ham0/web1"]).ended;
    expect([second.code, second.changed]).toEqual([6, false]);
    expect(second.screen).toContain("a session is attached to the console of web1 already");
    expect(second.screen).toContain("mclu console --force ham0/web1");
    const third = open(["console", "--force", "web1"]);
    await attached(third);
    const ended = await first.ended;
    expect([ended.code, ended.changed]).toEqual([1, false]);
    expect(ended.screen).toContain("another session took the console of web1 over");
    third.kill("SIGTERM");
    expect(await third.ended).toMatchObject({ code: 130, changed: false });
    await expectNothingLeft([fleet.node("ham0")]);
  });

  it("ends with the guest, and starts it again with its console", async () => {
    const session = open(["console", "web1"]);
    await attached(session);
    await on("ham0", `${virsh} destroy web1`);
    const ended = await session.ended;
    expect([ended.code, ended.changed]).toEqual([0, false]);
    expect(ended.screen).toContain("ham0/web1: it is off now");
    const off = await open(["console", "web1"]).ended;
    expect([off.code, off.changed]).toEqual([6, false]);
    expect(off.screen).toMatch(/web1 has no console now: it is shut off[\s\S]*mclu start ham0\/web1/);
    const again = open(["start", "--console", "web1"]);
    await again.until(/Linux version|login: /, 60);
    again.type(leave);
    expect(await again.ended).toMatchObject({ code: 0, changed: false });
  });

  it("ends where the connection was cut, and at ^] where it is dead and nobody knows yet", async () => {
    const cut = open(["console", "web1"]);
    await attached(cut);
    await on("ham0", "pkill -f '[s]shd: root@pts'");
    const lost = await cut.ended;
    expect([lost.code, lost.changed]).toEqual([5, false]);
    expect(lost.screen).toContain("the connection was lost");
    const dead = open(["console", "web1"]);
    await attached(dead);
    await fleet.fault("ham0", "unplugged");
    const begun = performance.now();
    dead.type(leave);
    expect(await dead.ended).toMatchObject({ code: 0, changed: false });
    // the keepalive would have ended it after 15 s
    expect(performance.now() - begun).toBeLessThan(6000 * slack);
  });

  it("ends with its terminal, which is as it was, and leaves nothing on the node", async () => {
    const session = open(["console", "web1"]);
    await attached(session);
    await sizeOn("ham0", window.rows, window.columns);
    session.kill("SIGHUP");
    expect(await session.ended).toMatchObject({ code: 129, changed: false });
    await expectNothingLeft([fleet.node("ham0")]);
  });

  it.each([
    ["ham1", "under sudo", {}],
    ["ham2", "behind a jump host", {}],
    ["ham1", "through the system's ssh", { transport: "openssh" }],
  ] as const)("works on %s, %s", async (node, _how, { transport = "auto" }: { transport?: string }) => {
    const name = `idle-${node}`;
    if (!(await on(node, `${virsh} list --all --name`)).includes(name))
      await fleet.define(node, [name], { template: "none", start: true });
    const config = (text: string) => text.replace("[mclu]\n", `[mclu]\ntransport = ${transport}\n`);
    const session = open(["console", name], await fleetUser(fleet, { config }));
    await attached(session);
    await sizeOn(node, window.rows, window.columns);
    session.grow();
    await sizeOn(node, window.rows + 5, window.columns + 10);
    session.type(leave);
    expect(await session.ended).toMatchObject({ code: 0, changed: false });
    await expectNothingLeft([fleet.node(node)]);
    const closed = open(["console", name], await fleetUser(fleet, { config }));
    await attached(closed);
    closed.hangUp();
    const here = () => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
    await expect.poll(here, { timeout: 5000 * slack }).not.toContain(`console ${name}`);
    await expectNothingLeft([fleet.node(node)]);
  });

  it("ends by itself where the cable is out and nobody types, as a screen does that is looked at", async () => {
    const name = "quiet";
    if (!(await on("ham1", `${virsh} list --all --name`)).includes(name))
      await fleet.define("ham1", [name], { template: "none", start: true });
    const session = open(["console", "--force", name]);
    await attached(session);
    const viewer = open(["viewer", "--no-open", name]);
    await viewer.until(/waiting for one viewer/);
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(viewer.screen())?.[1]);
    const socket = createConnection({ host: "127.0.0.1", port });
    expect(await screenName(socket)).toBe(`QEMU (${name})`);
    await fleet.fault("ham1", "unplugged");
    for (const { ended } of [session, viewer]) {
      const { code, screen, changed } = await ended;
      expect([code, changed]).toEqual([5, false]);
      expect(screen).toContain("the connection was lost");
    }
    socket.destroy();
    await fleet.heal("ham1");
  });

  it("says how a guest gets a serial console where it has none", async () => {
    await on(
      "ham0",
      `cat >/tmp/mute.xml <<'X'
<domain type='qemu'><name>mute</name><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os></domain>
X
${virsh} create /tmp/mute.xml`,
    );
    const { code, screen } = await open(["console", "mute"]).ended;
    expect(code).toBe(6);
    expect(screen).toMatch(
      /mute has no serial console\r\n.*mclu exec ham0 -- virt-xml [0-9a-f-]{36} --add-device --console pty/,
    );
    await on("ham0", `${virsh} destroy mute`);
  });

  it("shows the console of a guest as soon as it was built, and the result when it is left", {
    timeout: 600_000,
  }, async () => {
    const session = open(["build", "plain", "ham0/web2", "--console", "--no-login", "--root-password", "password:x"]);
    // one line, written over and over, until the console has the terminal
    await session.until(/(?:\r|\x1b\[J|\x1b\[J\x1b\[1A)ham0\/web2: build \d+s/, 100);
    expect(session.screen()).not.toMatch(/ham0\/web2: [^\n]*\n[^\x1b]*ham0\/web2: /);
    await session.until(/ham0\/web2: its console/, 500);
    await session.until(/tiny login: |web2 login: /, 120);
    session.type(leave);
    const { code, screen, changed } = await session.ended;
    expect([code, changed]).toEqual([0, false]);
    expect(screen).toMatch(/left its console[\s\S]*web2 +ham0 +built +192\.168\./);
  });
});
