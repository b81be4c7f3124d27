import type { Connection } from "ssh2";

/** What ssh2 (1.17) has inside: the way of its own messages to the socket. */
interface Inside {
  readonly _protocol: {
    readonly _cipher: { encrypt(packet: unknown): void };
    readonly _packetRW: {
      readonly write: {
        readonly allocStart: number;
        alloc(size: number): Uint8Array;
        finalize(packet: Uint8Array): unknown;
      };
    };
  };
}

/** A message that ssh2's server would not send then, encrypted as its own are: its kind, then numbers, flags and strings. */
export function sendMessage(
  connection: Connection,
  kind: number,
  ...fields: readonly (number | boolean | string)[]
): void {
  const { _protocol: protocol } = connection as unknown as Inside;
  const writer = protocol._packetRW.write;
  const payload = Buffer.concat([Buffer.from([kind]), ...fields.map(fieldOf)]);
  const packet = writer.alloc(payload.length);
  packet.set(payload, writer.allocStart);
  protocol._cipher.encrypt(writer.finalize(packet));
}

/** RFC 4251, 5. */
function fieldOf(field: number | boolean | string): Buffer {
  if (typeof field === "boolean") return Buffer.from([Number(field)]);
  const number = Buffer.alloc(4);
  number.writeUInt32BE(typeof field === "number" ? field : Buffer.byteLength(field));
  return typeof field === "number" ? number : Buffer.concat([number, Buffer.from(field)]);
}
