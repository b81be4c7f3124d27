import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { failed } from "../../src/node/failure.ts";
import { connectFrom } from "../../src/node/node-connection.ts";
import { openTunnel, type Tunnel } from "../../src/node/tunnel.ts";
import { anyClients, oneClient, spiceClient } from "../../src/node/tunnel-clients.ts";
import { startSshd } from "../support/fake-sshd.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { sshWorld } from "../support/ssh-world.ts";
import { authorized } from "./ssh/asking.ts";
import { connect, echo, isHungUp, link, say, to } from "./tunnel-ends.ts";

describe("openTunnel", () => {
  it.each(["socket", "port"] as const)("passes bytes and ends both ways through a %s, once", async (local) => {
    const tunnel = await openTunnel({ local, connect: to(await echo()), clients: oneClient() });
    if (tunnel.path !== undefined) {
      expect(statSync(tunnel.path).mode & 0o777).toBe(0o600);
      expect(statSync(dirname(tunnel.path)).mode & 0o777).toBe(0o700);
    }
    const socket = await connect(tunnel);
    const data = Buffer.alloc(1_000_003, "bytes\0\n");
    const heard = say(socket, data);
    if (local === "socket") await expect(connect(tunnel)).rejects.toThrow("ENOENT");
    // nobody else can listen there until it is closed
    else await isHungUp(await connect(tunnel));
    expect((await heard).equals(data)).toBe(true);
    await tunnel.over;
    expect(tunnel.path !== undefined && existsSync(dirname(tunnel.path))).toBe(false);
    tunnel.close();
  });

  it("lets any number in, at once and one after the other, until it is closed", async () => {
    const tunnel = await openTunnel({ local: "socket", connect: to(await echo()), clients: anyClients() });
    const path = tunnel.path ?? "";
    const both = [await connect(tunnel), await connect(tunnel)];
    const heard = await Promise.all(both.map((socket, index) => say(socket, Buffer.from(`client ${index}`))));
    expect(heard.map(String)).toEqual(["client 0", "client 1"]);
    await tunnel.over;
    expect(String(await say(await connect(tunnel), Buffer.from("later")))).toBe("later");
    tunnel.close();
    expect(existsSync(dirname(path))).toBe(false);
    await expect(connect(tunnel)).rejects.toThrow("ENOENT");
  });

  it("says why there is no far end, and hangs up", async () => {
    const no = failed("refused", "nobody there", "ss -tln");
    const tunnel = await openTunnel({ local: "socket", connect: () => Promise.reject(no), clients: oneClient() });
    const socket = await connect(tunnel);
    socket.resume();
    await once(socket, "end");
    await expect(tunnel.over).rejects.toBe(no);
  });

  it("hangs up, and says that it was lost, when the connection to the node is cut in the middle", async () => {
    const sshd = await startSshd({ authorized });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
    const screen = createServer((socket) => socket.on("error", () => undefined).write("RFB 003.008\n"));
    screen.listen(0, "127.0.0.1");
    await once(screen, "listening");
    onTestFinished(() => void screen.close());
    const { port } = screen.address() as AddressInfo;
    const far = () => connectFrom(node, { host: "127.0.0.1", port });
    const tunnel = await openTunnel({ local: "socket", connect: far, clients: oneClient() });
    const viewer = await connect(tunnel);
    const [hello] = await once(viewer, "data");
    sshd.cut();
    // this viewer goes on as if nothing had happened
    await expect(tunnel.over).rejects.toMatchObject({ silence: { reason: "lost", detail: "the connection was lost" } });
    // nobody tries the lost one again
    (await far()).destroy();
    expect([String(hello), existsSync(dirname(tunnel.path ?? "/"))]).toEqual(["RFB 003.008\n", false]);
  });

  it("is over when the far end has ended, though its client never leaves", async () => {
    const server = createServer((socket) => void socket.on("error", () => undefined).end("bye"));
    const path = join(temporaryDirectory(), "s");
    await once(server.listen(path), "listening");
    onTestFinished(() => void server.close());
    const tunnel = await openTunnel({ local: "port", connect: to({ socket: path }), clients: oneClient() });
    const [heard] = await once(await connect(tunnel), "data");
    await tunnel.over;
    expect(String(heard)).toBe("bye");
  });

  it("is over when its client goes in the middle, and leaves nothing when nobody came", async () => {
    const tunnel = await openTunnel({ local: "socket", connect: to(await echo()), clients: oneClient() });
    const socket = await connect(tunnel);
    socket.write("half a");
    await new Promise(setImmediate);
    socket.destroy();
    await tunnel.over;
    const unused = await openTunnel({ local: "socket", connect: to(await echo()), clients: oneClient() });
    unused.close();
    expect(existsSync(dirname(unused.path ?? "/"))).toBe(false);
  });

  const sent = async (tunnel: Tunnel, data: Buffer) =>
    (await say(await connect(tunnel), data).catch(() => Buffer.alloc(0))).length;
  const spice = async (patience?: Parameters<typeof spiceClient>[0]) => {
    const tunnel = await openTunnel({ local: "port", connect: to(await echo()), clients: spiceClient(patience) });
    onTestFinished(tunnel.close);
    return tunnel;
  };

  it("lets in one SPICE session with all its connections, and nothing that is no SPICE", async () => {
    const tunnel = await spice();
    expect(await sent(tunnel, link(7))).toBe(0);
    const first = await connect(tunnel);
    first.write(link(0));
    // until the first was let in, the others have no session
    while ((await sent(tunnel, link(7))) === 0);
    expect(await sent(tunnel, link(0))).toBe(0);
    expect(await sent(tunnel, Buffer.from("GET / HTTP/1.0\r\n\r\n..."))).toBe(0);
    expect(await sent(tunnel, Buffer.from("RED"))).toBe(0);
    expect(await sent(tunnel, link(7))).toBe(20);
    expect((await say(first, Buffer.from("more"))).length).toBe(24);
    await tunnel.over;
  });

  it("lets nobody wait for ever who says nothing, or begins a SPICE session and no more", async () => {
    const tunnel = await spice({ head: 0.3, session: 0.6 });
    const [mute, half] = [await connect(tunnel), await connect(tunnel)];
    half.write(link(0).subarray(0, 19));
    await Promise.all([isHungUp(mute), isHungUp(half)]);
    const greedy = await connect(tunnel);
    greedy.write(link(0));
    await isHungUp(greedy);
    const viewer = await connect(tunnel);
    viewer.write(link(0));
    while ((await sent(tunnel, link(7))) === 0);
    // longer than a session has for its second connection
    await sleep(1000);
    expect((await say(viewer, Buffer.from("more"))).length).toBe(24);
    await tunnel.over;
  });

  it("has room for a SPICE viewer behind many who say nothing", async () => {
    const tunnel = await spice();
    const hungUp: Promise<void>[] = [];
    for (let count = 0; count < 40; count++) hungUp.push(isHungUp(await connect(tunnel)));
    const viewer = await connect(tunnel);
    viewer.write(link(0));
    while ((await sent(tunnel, link(7))) === 0);
    await Promise.all(hungUp.slice(0, 24));
    expect((await say(viewer, Buffer.from("more"))).length).toBe(24);
  });

  it("lets a SPICE viewer begin anew that came without the password", async () => {
    const tunnel = await spice();
    expect(await sent(tunnel, link(0))).toBe(20);
    const isOver = await Promise.race([tunnel.over.then(() => true), sleep(100, false)]);
    // until the place is free again
    let again = await connect(tunnel);
    again.write(link(0));
    while ((await sent(tunnel, link(7))) === 0) {
      again.destroy();
      again = await connect(tunnel);
      again.write(link(0));
    }
    expect([isOver, (await say(again, Buffer.from("more"))).length]).toEqual([false, 24]);
    await tunnel.over;
  });

  it("opens no more connections of a SPICE session than a viewer could want", async () => {
    const tunnel = await spice();
    const first = await connect(tunnel);
    first.write(link(0));
    while ((await sent(tunnel, link(7))) === 0);
    let hungUp = 0;
    for (let count = 0; count < 70; count++) {
      const channel = await connect(tunnel);
      isHungUp(channel).then(() => hungUp++);
      channel.write(link(7));
    }
    await expect.poll(() => hungUp).toBeGreaterThanOrEqual(6);
    await sleep(100);
    expect(hungUp).toBeLessThanOrEqual(7);
    first.destroy();
  });
});
