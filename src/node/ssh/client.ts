import type { Duplex } from "node:stream";
import type { Client } from "ssh2";

/** Milliseconds for the farewell to be sent; a frozen server never takes it, and the user waits for the prompt. */
const farewell = 250;

const connections = new WeakMap<Client, { readonly stream: Duplex; readonly gone: Promise<void> }>();

/** Notes the stream that a client runs over, for `endClient`. */
export function keepStream(client: Client, stream: Duplex): void {
  const gone = new Promise<void>((resolve) => client.once("close", () => resolve()));
  connections.set(client, { stream, gone });
}

/**
 * Ends a connection politely, and for certain: what is left of it holds no process up. Settles when it is gone, or when
 * the farewell is on its way: how long a server takes to close its side is nobody's time.
 */
export async function endClient(client: Client): Promise<void> {
  const { stream, gone } = connections.get(client) ?? {};
  const sent = new Promise<void>((resolve) => stream?.once("finish", () => resolve()));
  client.end();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, farewell);
  });
  // one that was lost before is gone at once
  await Promise.race([gone, sent, late]);
  clearTimeout(timer);
  // the stream itself: once end() was called, ssh2 (1.17) does nothing at destroy()
  stream?.destroy();
}

/** What was wrong with what a server sent. */
export interface Breach {
  readonly detail: string;
  readonly hint: string;
}

const breaches = new WeakMap<Client, Breach>();

/** Notes why a connection that stood has to end. */
export function noteBreach(client: Client, breach: Breach): void {
  if (!breaches.has(client)) breaches.set(client, breach);
}

/** Undefined: it was cut, or stands. */
export function breachOf(client: Client): Breach | undefined {
  return breaches.get(client);
}
