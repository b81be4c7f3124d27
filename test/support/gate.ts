import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface Gate {
  /** It listens on every address of this machine: 127.1.2.3 is a host of its own. */
  readonly port: number;
  /** How long each connection lasted until the client hung up, milliseconds. */
  readonly lasted: number[];
}

/** Passes connections on to a server; without one it takes them and says nothing. */
export async function startGate(to?: { readonly host: string; readonly port: number }): Promise<Gate> {
  const lasted: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const begun = performance.now();
    sockets.add(socket);
    const left = new Promise<void>((resolve) => {
      for (const event of ["end", "close"]) socket.once(event, () => resolve());
    });
    void left.then(() => lasted.push(performance.now() - begun));
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    if (!to) return void socket.resume();
    const server = connect(to.port, to.host).on("error", () => undefined);
    socket.setNoDelay(true);
    server.setNoDelay(true);
    server.on("close", () => socket.destroySoon());
    socket.on("close", () => server.destroy());
    socket.pipe(server).pipe(socket);
  });
  server.listen(0, "0.0.0.0", 4096);
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, lasted };
}
