import { chmodSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { finished } from "node:stream/promises";
import { makeSocketDirectory } from "../socket-directory.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { NodeError } from "./failure.ts";
import type { TunnelClients } from "./tunnel-clients.ts";

export interface TunnelOptions {
  /** `socket`: 0600 in a directory of its own. `port`: of 127.0.0.1, which every user of this machine can connect to. */
  readonly local: "socket" | "port";
  /** Makes the far end, for each connection. */
  readonly connect: () => Promise<Duplex>;
  readonly clients: TunnelClients;
}

/** A local end of connections that a node makes. */
export interface Tunnel {
  readonly path?: string;
  readonly port?: number;
  /** Settles when the first client was served and is gone; rejects where its far end could not be made, or was lost (NodeError). */
  readonly over: Promise<void>;
  /** Ends all of it. */
  close(): void;
}

/**
 * Listens for clients, and passes their bytes on both ways. A port stays this program's until the tunnel is closed: another
 * user could take it, and be what a viewer finds there.
 */
export async function openTunnel({ local, connect, clients }: TunnelOptions): Promise<Tunnel> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const directory = local === "socket" ? makeSocketDirectory(temporaryDirectory()) : undefined;
  const path = directory === undefined ? undefined : join(directory.path, "s");
  const stopListening = () => {
    server.close();
    directory?.remove();
  };
  const open = new Set<Socket>();
  const over = new Promise<void>((resolve, reject) => {
    const take = async (socket: Socket) => {
      open.add(socket);
      socket.on("error", () => undefined).once("close", () => open.delete(socket));
      const admission = await clients.admit(socket);
      if (admission === "refused") return void socket.destroy();
      if (!clients.several && path !== undefined) stopListening();
      const passing = passOn(socket, connect);
      if (admission === "client") passing.then(() => clients.isServed() && resolve(), reject);
      else passing.catch(() => undefined);
    };
    server.on("connection", (socket) => void take(socket));
    server.once("error", reject);
  });
  over.catch(() => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if (path === undefined) server.listen(0, "127.0.0.1", clients.several ? undefined : 1, resolve);
    else server.listen(path, resolve);
  });
  if (path !== undefined) chmodSync(path, 0o600);
  const address = server.address();
  return {
    ...(path !== undefined && { path }),
    ...(typeof address === "object" && address && { port: address.port }),
    over,
    close() {
      stopListening();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Bytes both ways until both ends are at theirs. Rejects where the far end could not be made, or was lost. */
async function passOn(near: Socket, connect: () => Promise<Duplex>): Promise<void> {
  try {
    await passBothWays(near, await connect());
  } finally {
    near.destroy();
  }
}

/** Milliseconds for who is near to leave once all is said from afar: one that does not would hold its place for ever. */
const farewell = 3000;

/**
 * Passes bytes both ways until both ends are at theirs, or one is gone; then the other goes as well. Rejects with NodeError
 * where the connection that carries the far end was lost.
 */
export async function passBothWays(near: Duplex, far: Duplex): Promise<void> {
  const drop = (stream: Duplex) => {
    stream.destroy();
    // for ssh2 a channel is closed once it was read
    stream.resume();
  };
  const gone = [near, far].map(
    (stream) =>
      new Promise<void>((resolve, reject) => {
        stream.on("error", (error) => (error instanceof NodeError ? reject(error) : resolve()));
        // what is at its end is ended by the pipe, which first writes what is left
        stream.once("close", () => stream.readableEnded || resolve());
      }),
  );
  let timer: NodeJS.Timeout | undefined;
  const overstayed = new Promise<void>((resolve) => {
    near.once("finish", () => {
      timer = setTimeout(resolve, farewell);
    });
  });
  near.pipe(far);
  far.pipe(near);
  try {
    await Promise.race([...gone, overstayed, Promise.allSettled([finished(near), finished(far)])]);
  } finally {
    clearTimeout(timer);
    drop(near);
    drop(far);
  }
}
