import { constants, createPublicKey, publicEncrypt } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { expect } from "vitest";

/** A stream that is read in pieces of a size that is known. */
export function reader(socket: Socket) {
  let kept = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]);
  });
  return async (size: number) => {
    while (kept.length < size) {
      if (socket.readableEnded) throw new Error(`it ended after ${kept.length} of ${size} bytes`);
      await Promise.race([once(socket, "data"), once(socket, "end")]);
    }
    const piece = kept.subarray(0, size);
    kept = kept.subarray(size);
    return piece;
  };
}

/**
 * The name of the screen that a VNC server gives at the end of its handshake (RFC 6143, 7.1 to 7.3).
 * @param mode whether other viewers may stay
 */
export async function screenName(socket: Socket, mode: "shared" | "exclusive" = "shared"): Promise<string> {
  const read = reader(socket);
  expect((await read(12)).toString()).toBe("RFB 003.008\n");
  socket.write("RFB 003.008\n");
  const [count = 0] = await read(1);
  expect([...(await read(count))]).toContain(1);
  socket.write(Buffer.from([1]));
  expect((await read(4)).readUInt32BE()).toBe(0);
  socket.write(Buffer.from([mode === "shared" ? 1 : 0]));
  const size = (await read(24)).readUInt32BE(20);
  return (await read(size)).toString();
}

/** SpiceLinkHeader, and SpiceLinkMess of the main channel with no capabilities. */
export function spiceLink(session: number): Buffer {
  const link = Buffer.alloc(34);
  link.write("REDQ");
  for (const [at, value] of [
    [4, 2],
    [8, 2],
    [12, 18],
    [16, session],
    [30, 18],
  ] as const)
    link.writeUInt32LE(value, at);
  link.writeUInt8(1, 20);
  return link;
}

/** Begins a SPICE session at a screen without a password, with an empty ticket and a second connection as viewers have. */
export async function beginSpice(connect: () => Promise<Socket>): Promise<Socket> {
  const main = (await connect()).on("error", () => undefined);
  const read = reader(main);
  main.write(spiceLink(0));
  const reply = await read((await read(16)).readUInt32LE(12));
  const key = createPublicKey({ key: reply.subarray(4, 4 + 162), format: "der", type: "spki" });
  main.write(publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" }, Buffer.alloc(1)));
  expect((await read(4)).readUInt32LE()).toBe(0);
  const other = (await connect()).on("error", () => undefined);
  other.write(spiceLink(1));
  await reader(other)(4);
  other.destroy();
  return main;
}
