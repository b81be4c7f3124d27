import type { Duplex } from "node:stream";
import type { Client } from "ssh2";

/** Milliseconds for a server to close its side; a frozen one never does, and the user waits for the prompt. */
const farewell = 250;

const streams = new WeakMap<Client, Duplex>();

/** Notes the stream that a client runs over, for `endClient`. */
export function keepStream(client: Client, stream: Duplex): void {
  streams.set(client, stream);
}

/** Ends a connection politely, and for certain: what is left of it holds no process up. */
export function endClient(client: Client): void {
  client.end();
  // the stream itself: once end() was called, ssh2 (1.17) does nothing at destroy()
  const timer = setTimeout(() => streams.get(client)?.destroy(), farewell);
  // a connection that is open holds the process, and lets the timer come; one that was lost before shall not
  timer.unref();
  client.once("close", () => clearTimeout(timer));
}
