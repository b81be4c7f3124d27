import type { Client } from "ssh2";

/** What ssh2 (1.17) has inside and shows to nobody. */
interface Inside {
  readonly _protocol?: { readonly _handlers?: Record<string, unknown> };
}

/** What a server may say before its key is verified: nothing is answered to it. */
const harmless: ReadonlySet<string> = new Set(["DEBUG", "DISCONNECT", "EXT_INFO"]);

/**
 * Ends the connection to a server that goes on while its key is still being verified. ssh2 reads on meanwhile: to one that
 * says in the same piece that its service was accepted it would log in, with a user's name, key and signature, unencrypted.
 * A client whose inside looks otherwise stays as it is.
 */
export function hearNothingBefore(client: Client, isVerified: () => boolean): void {
  const handlers = (client as Inside)._protocol?._handlers;
  if (!handlers) return;
  for (const [name, take] of Object.entries(handlers)) {
    if (typeof take !== "function" || harmless.has(name)) continue;
    handlers[name] = (...message: readonly unknown[]) => {
      if (isVerified()) return take(...message);
      const error = new Error(`the server sent ${name} before its key was verified`);
      client.emit("error", Object.assign(error, { level: "handshake" }));
    };
  }
}
