import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { localTransport } from "../../src/node/local.ts";
import type { Destination } from "../../src/node/transport.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

/** A server that says what it hears once it has heard all of it. */
export async function echo(): Promise<Destination> {
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

export const to = (destination: Destination) => async () => {
  if (!localTransport.connect) throw new Error("the local transport connects");
  return localTransport.connect(destination);
};

export async function connect(at: { readonly path?: string; readonly port?: number }) {
  const socket = createConnection({
    ...(at.path === undefined ? { host: "127.0.0.1", port: at.port ?? 0 } : { path: at.path }),
    allowHalfOpen: true,
  });
  await once(socket, "connect");
  // whoever is refused may be told so by a reset
  return socket.on("error", () => undefined);
}

/** Sends all of it, and gives what comes back. */
export async function say(socket: Awaited<ReturnType<typeof connect>>, data: Buffer): Promise<Buffer> {
  const heard: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => heard.push(chunk));
  socket.end(data);
  await once(socket, "end");
  return Buffer.concat(heard);
}

/** A SPICE client's first bytes, for a session of this number. */
export const link = (id: number) => {
  const head = Buffer.alloc(20);
  head.write("REDQ");
  head.writeUInt32LE(id, 16);
  return head;
};

export const isHungUp = (socket: Socket) =>
  new Promise<void>((resolve) => {
    socket.resume();
    for (const event of ["end", "close"]) socket.once(event, () => resolve());
  });
