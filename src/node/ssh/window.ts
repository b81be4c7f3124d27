import type { Client } from "ssh2";

/** What ssh2 (1.17) has inside and shows to nobody. */
interface Inside {
  readonly _protocol?: { readonly _handlers?: Record<string, unknown> };
  readonly _chanMgr?: {
    get(channel: unknown): { readonly incoming?: { readonly window?: number } } | null | undefined;
  };
}

/** Bytes beyond the window that OpenSSH's client puts up with as well: a tenth of it. */
const grace = 200 * 1024;

/** Bytes that a server has to take at once: RFC 4253 (6.1) says 32768. */
const smallestPacket = 256;

/**
 * Ends the connection to a server that sends more of a channel than it may (RFC 4254, 5.2): ssh2 keeps whatever comes, and
 * where nobody reads it, for want of room on a screen or a disk, until memory is full. A client whose inside looks
 * otherwise stays as it is.
 */
export function holdToWindow(client: Client): void {
  const { _protocol, _chanMgr: channels } = client as Inside;
  const handlers = _protocol?._handlers;
  if (!handlers || typeof channels?.get !== "function") return;
  for (const name of ["CHANNEL_DATA", "CHANNEL_EXTENDED_DATA"]) {
    const take = handlers[name];
    if (typeof take !== "function") continue;
    handlers[name] = (...message: readonly unknown[]) => {
      const [, channel, data] = message;
      const window = channels.get(channel)?.incoming?.window;
      if (window === undefined || !Buffer.isBuffer(data) || data.length <= window + grace) take(...message);
      else client.destroy();
    };
  }
  refuseTinyPackets(client, handlers);
}

/** To a server that takes 0 bytes at once ssh2 would send nothing for ever, without a turn for a clock or a Ctrl-C. */
function refuseTinyPackets(client: Client, handlers: Record<string, unknown>): void {
  for (const name of ["CHANNEL_OPEN", "CHANNEL_OPEN_CONFIRMATION"]) {
    const take = handlers[name];
    if (typeof take !== "function") continue;
    handlers[name] = (...message: readonly unknown[]) => {
      const { packetSize } = (message[1] ?? {}) as { readonly packetSize?: number };
      if (packetSize === undefined || packetSize >= smallestPacket) take(...message);
      else client.destroy();
    };
  }
}
