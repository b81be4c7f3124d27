import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

/** What an agent does with a question, of which the first byte is the type. */
type Answer = (socket: Socket, question: Buffer) => void;

/** An agent at a socket of its own until the case is over; gives the lines of ssh_config that name it. */
export async function fakeAgent(bench: Bench, answer: Answer): Promise<string> {
  const directory = mkdtempSync("/tmp/agent-");
  const path = join(directory, "s");
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    // questions are short: each comes in one piece
    socket.on("data", (message) => answer(socket, message.subarray(4)));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  bench.undo(() => {
    for (const socket of open) socket.destroy();
    server.close();
    rmSync(directory, { recursive: true });
  });
  return `IdentityAgent ${path}\nIdentitiesOnly no`;
}

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const sized = (bytes: Buffer) => Buffer.concat([uint32(bytes.length), bytes]);

const requestIdentities = 11;
const identitiesAnswer = 12;

/** An agent that holds these public keys and never signs. */
export function holds(blobs: readonly Buffer[]): Answer {
  return (socket, question) => {
    if (question[0] !== requestIdentities) return;
    const keys = blobs.map((blob, index) => Buffer.concat([sized(blob), sized(Buffer.from(`key ${index}`))]));
    socket.write(sized(Buffer.concat([Buffer.of(identitiesAnswer), uint32(keys.length), ...keys])));
  };
}

/** An ed25519 public key; which one its first byte says. */
export function someKey(first: number): Buffer {
  return Buffer.concat([sized(Buffer.from("ssh-ed25519")), sized(Buffer.alloc(32, first))]);
}
