import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startOnTerminal } from "../support/terminal-session.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

const virsh = "virsh -q -c qemu:///system";

/** A stream that is read in pieces of a size that is known. */
function reader(socket: Socket) {
  let kept = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]);
  });
  return async (size: number) => {
    while (kept.length < size) {
      if (socket.readableEnded) throw new Error(`it ended after ${kept.length} of ${size} bytes`);
      await Promise.race([once(socket, "data"), once(socket, "end")]);
    }
    const piece = kept.subarray(0, size);
    kept = kept.subarray(size);
    return piece;
  };
}

/** The name of the screen that a VNC server gives at the end of its handshake (RFC 6143, 7.1 to 7.3). */
async function screenName(socket: Socket): Promise<string> {
  const read = reader(socket);
  expect((await read(12)).toString()).toBe("RFB 003.008\n");
  socket.write("RFB 003.008\n");
  const [count = 0] = await read(1);
  expect([...(await read(count))]).toContain(1);
  socket.write(Buffer.from([1]));
  expect((await read(4)).readUInt32BE()).toBe(0);
  socket.write(Buffer.from([1]));
  const size = (await read(24)).readUInt32BE(20);
  return (await read(size)).toString();
}

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
${virsh} create /tmp/g.xml; chmod 700 /run/libvirt/s1.vnc`);
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
    await expect(connect()).rejects.toThrow(/ECONNREFUSED|ENOENT/);
    socket.destroy();
    expect(await session.ended).toMatchObject({ code: 0, changed: false });
    expect(readdirSync(temporary)).toEqual([]);
    await expectNothingLeft(fleet.nodes);
  });

  it("speaks SPICE, and lets nobody begin a second session", async () => {
    const { session, connect } = await open("--type", "spice", "unix-ham0");
    // SpiceLinkHeader, and SpiceLinkMess of the main channel with no capabilities
    const hello = Buffer.alloc(34);
    hello.write("REDQ");
    for (const [at, value] of [
      [4, 2],
      [8, 2],
      [12, 18],
      [30, 18],
    ] as const)
      hello.writeUInt32LE(value, at);
    hello.writeUInt8(1, 20);
    const first = await connect();
    first.write(hello);
    const read = reader(first);
    const head = await read(16);
    expect([head.toString("latin1", 0, 4), head.readUInt32LE(4)]).toEqual(["REDQ", 2]);
    expect((await read(4)).readUInt32LE()).toBe(0);
    const second = await connect();
    second.write(hello);
    second.resume();
    await once(second, "close");
    // a viewer's next connection names the session; whoever makes none leaves the place to others
    hello.writeUInt32LE(1, 16);
    const screen = await connect();
    screen.write(hello);
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
