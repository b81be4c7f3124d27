import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runBuilt } from "../support/run-built.ts";
import { startOnTerminal } from "../support/terminal-session.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";
import { beginSpice, reader, screenName, spiceLink } from "./screens.ts";

const virsh = "virsh -q -c qemu:///system";

describe("a guest's screen on real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let temporary: string;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.159.0", nodes: 2, kinds: { ham1: "sudo" } });
    user = await fleetUser(fleet);
    temporary = join(user.home, "tmp");
    await mkdir(temporary);
    await fleet.define("ham0", ["tcp"], { template: "none", start: true });
    for (const node of ["ham0", "ham1"])
      await fleet.node(node).enter(`cat >/tmp/g.xml <<'X'
<domain type='qemu'><name>unix-${node}</name><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>
<devices><graphics type='vnc' socket='/run/libvirt/s1.vnc'/><graphics type='spice' port='-1' autoport='yes' listen='127.0.0.1'/>
<video><model type='cirrus'/></video></devices></domain>
X
sed 's/unix-/spice-/; s#<graphics.*/>#<graphics type="spice"><listen type="socket" socket="/run/libvirt/s2.spice"/></graphics>#' /tmp/g.xml >/tmp/s.xml
${virsh} create /tmp/g.xml; ${virsh} create /tmp/s.xml; chmod 700 /run/libvirt/s1.vnc /run/libvirt/s2.spice`);
  });
  afterAll(async () => await fleet?.down());

  const open = async (...argv: readonly string[]) => {
    const session = startOnTerminal(["viewer", "--no-open", ...argv], {
      ...user.env,
      NO_COLOR: "1",
      TMPDIR: temporary,
    });
    await session.until(/waiting for one viewer/);
    const [, port, path = ""] = /(?:127\.0\.0\.1:(\d+)|\+unix:\/\/(\S+))/.exec(session.screen()) ?? [];
    const connect = async () => {
      const socket = createConnection(port === undefined ? { path } : { host: "127.0.0.1", port: Number(port) });
      await once(socket, "connect");
      return socket;
    };
    return { session, connect, path };
  };

  it.each([
    ["tcp", [], "a port"],
    ["unix-ham0", ["--type", "vnc"], "a Unix socket"],
    ["unix-ham1", ["--type", "vnc", "--socket"], "a Unix socket that root alone may open, on a Unix socket here"],
  ] as const)("is that of %s %j, from %s, and one viewer's alone", async (name, flags, _from) => {
    const { session, connect, path } = await open(...flags, name);
    if (path !== "") expect(statSync(path).mode & 0o777).toBe(0o600);
    const socket = await connect();
    expect(await screenName(socket)).toBe(`QEMU (${name})`);
    if (path !== "") await expect(connect()).rejects.toThrow("ENOENT");
    else
      await once(
        (await connect()).on("error", () => undefined),
        "close",
      );
    socket.destroy();
    expect(await session.ended).toMatchObject({ code: 0, changed: false });
    expect(readdirSync(temporary)).toEqual([]);
    await expectNothingLeft(fleet.nodes);
  });

  it("is two administrators' at once, until a viewer wants it for itself", async () => {
    const opened = [await open("tcp"), await open("tcp")];
    const sockets = [];
    for (const { connect } of opened) {
      const socket = (await connect()).on("error", () => undefined);
      expect(await screenName(socket)).toBe("QEMU (tcp)");
      sockets.push(socket);
    }
    expect(sockets.map(({ readableEnded }) => readableEnded)).toEqual([false, false]);
    const third = await open("tcp");
    const greedy = await third.connect();
    expect(await screenName(greedy, "exclusive")).toBe("QEMU (tcp)");
    for (const { session } of opened) expect(await session.ended).toMatchObject({ code: 0, changed: false });
    greedy.destroy();
    expect(await third.session.ended).toMatchObject({ code: 0 });
    for (const socket of sockets) socket.destroy();
    await expectNothingLeft(fleet.nodes);
  });

  it("is, where it speaks SPICE, the last one's who came", async () => {
    const first = await open("--type", "spice", "unix-ham0");
    const early = await beginSpice(first.connect);
    const second = await open("--type", "spice", "unix-ham0");
    const late = await beginSpice(second.connect);
    expect(await first.session.ended).toMatchObject({ code: 0, changed: false });
    expect(late.readableEnded).toBe(false);
    late.destroy();
    early.destroy();
    expect(await second.session.ended).toMatchObject({ code: 0 });
    await expectNothingLeft(fleet.nodes);
  });

  it.each([
    ["spice-ham0", [], "a Unix socket"],
    ["spice-ham1", ["--socket"], "a Unix socket that root alone may open, on a Unix socket here"],
  ] as const)("is that of %s %j, which speaks SPICE, from %s", async (name, flags, _from) => {
    const { session, connect } = await open("--type", "spice", ...flags, name);
    const main = await beginSpice(connect);
    expect(main.readableEnded).toBe(false);
    main.destroy();
    expect(await session.ended).toMatchObject({ code: 0, changed: false });
    expect(readdirSync(temporary)).toEqual([]);
    await expectNothingLeft(fleet.nodes);
  });

  it.each([
    [0, 0],
    [7, 1],
  ])("is shown by remote-viewer, whose exit code %i becomes %i", async (end, code) => {
    const programs = join(user.home, "programs");
    await mkdir(programs, { recursive: true });
    const viewer = join(programs, "remote-viewer");
    await writeFile(
      viewer,
      `#!/bin/bash
printf '%s\\n' "$@" >${programs}/argv
exec 3<>"/dev/tcp/127.0.0.1/\${2##*:}"
head -c 11 <&3 >${programs}/banner
exit ${end}
`,
    );
    await chmod(viewer, 0o755);
    const env = { ...user.env, DISPLAY: ":0", PATH: `${programs}:${user.env["PATH"] ?? ""}`, TMPDIR: temporary };
    const run = await runBuilt(["viewer", "tcp"], { env });
    expect([run.code, run.stdout, run.stderr]).toEqual([code, "", ""]);
    expect(await readFile(join(programs, "argv"), "utf8")).toMatch(/^--\nvnc:\/\/127\.0\.0\.1:\d+\n$/);
    expect(await readFile(join(programs, "banner"), "utf8")).toBe("RFB 003.008");
    await expectNothingLeft(fleet.nodes);
  });

  it("speaks SPICE, and lets nobody begin a second session", async () => {
    const { session, connect } = await open("--type", "spice", "unix-ham0");
    const first = await connect();
    first.write(spiceLink(0));
    const read = reader(first);
    const head = await read(16);
    expect([head.toString("latin1", 0, 4), head.readUInt32LE(4)]).toEqual(["REDQ", 2]);
    expect((await read(4)).readUInt32LE()).toBe(0);
    const second = await connect();
    second.write(spiceLink(0));
    second.resume();
    await once(second, "close");
    // a viewer's next connection names the session; whoever makes none leaves the place to others
    const screen = await connect();
    screen.write(spiceLink(1));
    expect((await reader(screen)(4)).toString("latin1")).toBe("REDQ");
    first.destroy();
    expect(await session.ended).toMatchObject({ code: 0 });
  });

  const lost = "error: the screen of tcp is gone: ham0 failed: lost: the connection was lost\r\n  mclu status ham0";
  it.each([
    ["its guest is powered off", `${virsh} destroy tcp`, 0, ""],
    ["the connection is cut", "pkill -KILL -f '[s]shd: root@notty'", 5, lost],
  ])("ends when %s, hangs up on a viewer that stays, and leaves nothing", async (_what, breaks, code, said) => {
    const { session, connect } = await open("tcp");
    const socket = (await connect()).on("error", () => undefined);
    socket.allowHalfOpen = true;
    expect(await screenName(socket)).toBe("QEMU (tcp)");
    expect(await fleet.node("ham0").enter("pgrep -cf '[s]shd: root@notty'")).toBe("1\n");
    await fleet.node("ham0").enter(breaks);
    const ended = await session.ended;
    expect(ended).toMatchObject({ code, changed: false });
    expect(ended.screen).toContain(said);
    socket.destroy();
    expect(readdirSync(temporary)).toEqual([]);
    await expectNothingLeft(fleet.nodes);
    await fleet.node("ham0").enter(`${virsh} start tcp 2>/dev/null || :`);
  });

  it("ends at Ctrl-C, and says what stands against a screen", async () => {
    const { session } = await open("tcp");
    session.type("\x03");
    expect(await session.ended).toMatchObject({ code: 130, changed: false });
    await fleet.define("ham0", ["dark"], { template: "none" });
    const off = await user.mclu(["viewer", "dark"]);
    expect([off.code, off.stderr]).toEqual([
      6,
      "error: dark shows nothing now: it is shut off\n  mclu start ham0/dark\n",
    ]);
    const other = await user.mclu(["viewer", "--type", "spice", "tcp"]);
    expect([other.code, other.stderr]).toEqual([
      6,
      "error: tcp has no spice screen\n  mclu viewer --type vnc ham0/tcp\n",
    ]);
    await fleet.node("ham0").enter("rm /run/libvirt/s1.vnc");
    const gone = await open("--type", "vnc", "unix-ham0");
    await gone.connect();
    const ended = await gone.session.ended;
    expect(ended.code).toBe(5);
    expect(ended.screen).toContain("ham0 could not connect to the screen of unix-ham0");
  });
});
