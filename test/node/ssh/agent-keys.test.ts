import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { listAgentKeys, parseIdentities } from "../../../src/node/ssh/agent-keys.ts";
import { scratchDirectory } from "./openssh.ts";

const directory = scratchDirectory();
const number = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const string = (bytes: Buffer) => Buffer.concat([number(bytes.length), bytes]);
const key = Buffer.concat([string(Buffer.from("ssh-test")), Buffer.alloc(8)]);
const message = Buffer.concat([
  Buffer.from([12]),
  number(2),
  ...[1, 2].flatMap(() => [string(key), string(Buffer.from("é"))]),
]);

describe("an agent's answer", () => {
  it("is keys with their comments", () => {
    expect(parseIdentities(message)).toEqual([1, 2].map(() => ({ keyType: "ssh-test", key, comment: "é" })));
  });

  it("is no keys when cut short or of another kind", () => {
    for (let length = 0; length < message.length; length++)
      expect(parseIdentities(message.subarray(0, length))).toEqual([]);
    expect(parseIdentities(Buffer.from([5]))).toEqual([]);
  });

  it("never makes the parser throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(Array.isArray(parseIdentities(Buffer.from([12, ...bytes])))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["comes in pieces", [Buffer.concat([number(message.length), message])], 2],
    ["is refused", [Buffer.from([0, 0, 0, 1, 5])], 0],
    ["is too long", [Buffer.from([255, 255, 255, 255])], 0],
    ["ends early", [Buffer.from([0, 0, 0])], 0],
  ])("%s", async (name, chunks, count) => {
    const path = join(directory, `${name.replaceAll(" ", "-")}.sock`);
    const server = createServer((socket) => {
      for (const byte of Buffer.concat(chunks)) socket.write(Buffer.from([byte]));
      socket.end();
      socket.on("error", () => undefined);
    }).listen(path);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    expect(await listAgentKeys(path)).toHaveLength(count);
  });

  it("is no keys where it comes a byte now and then, and has no end", async () => {
    const path = join(directory, "drip.sock");
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.write(number(1000));
      const drip = setInterval(() => socket.write(Buffer.of(0)), 50);
      socket.on("close", () => clearInterval(drip));
    }).listen(path);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    expect(await listAgentKeys(path, 0.3)).toEqual([]);
  });
});
