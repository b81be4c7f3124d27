import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { failed } from "../../src/node/failure.ts";
import { localTransport } from "../../src/node/local.ts";
import type { Destination } from "../../src/node/transport.ts";
import { openTunnel } from "../../src/node/tunnel.ts";
import { oneClient, spiceClient } from "../../src/node/tunnel-clients.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

/** A server that says what it hears once it has heard all of it. */
async function echo(): Promise<Destination> {
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    const heard: Buffer[] = [];
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => heard.push(chunk)).on("end", () => socket.end(Buffer.concat(heard)));
  });
  const path = join(temporaryDirectory(), "s");
  server.listen(path);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { socket: path };
}

const to = (destination: Destination) => async () => {
  if (!localTransport.connect) throw new Error("the local transport connects");
  return localTransport.connect(destination);
};

async function connect(at: { readonly path?: string; readonly port?: number }) {
  const socket = createConnection({
    ...(at.path === undefined ? { host: "127.0.0.1", port: at.port ?? 0 } : { path: at.path }),
    allowHalfOpen: true,
  });
  await once(socket, "connect");
  return socket;
}

/** Sends all of it, and gives what comes back. */
async function say(socket: Awaited<ReturnType<typeof connect>>, data: Buffer): Promise<Buffer> {
  const heard: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => heard.push(chunk));
  socket.end(data);
  await once(socket, "end");
  return Buffer.concat(heard);
}

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
    await expect(connect(tunnel)).rejects.toThrow(/ECONNREFUSED|ENOENT/);
    expect((await heard).equals(data)).toBe(true);
    await tunnel.over;
    expect(tunnel.path !== undefined && existsSync(dirname(tunnel.path))).toBe(false);
  });

  it("says why there is no far end, and hangs up", async () => {
    const no = failed("refused", "nobody there", "ss -tln");
    const tunnel = await openTunnel({ local: "socket", connect: () => Promise.reject(no), clients: oneClient() });
    const socket = await connect(tunnel);
    socket.resume();
    await once(socket, "end");
    await expect(tunnel.over).rejects.toBe(no);
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

  it("lets in one SPICE session with all its connections, and nothing that is no SPICE", async () => {
    const tunnel = await openTunnel({ local: "port", connect: to(await echo()), clients: spiceClient() });
    const link = (id: number) => {
      const head = Buffer.alloc(20);
      head.write("REDQ");
      head.writeUInt32LE(id, 16);
      return head;
    };
    const sent = async (data: Buffer) => (await say(await connect(tunnel), data).catch(() => Buffer.alloc(0))).length;
    expect(await sent(link(7))).toBe(0);
    const first = await connect(tunnel);
    first.write(link(0));
    // until the first was let in, the others have no session
    while ((await sent(link(7))) === 0);
    expect(await sent(link(0))).toBe(0);
    expect(await sent(Buffer.from("GET / HTTP/1.0\r\n\r\n..."))).toBe(0);
    expect(await sent(Buffer.from("RED"))).toBe(0);
    expect(await sent(link(7))).toBe(20);
    expect((await say(first, Buffer.from("more"))).length).toBe(24);
    await tunnel.over;
    tunnel.close();
  });
});
