import { createServer } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { temporaryDirectory } from "./run-mclu.ts";

export interface FakeAgent {
  readonly socketPath: string;
  /** How often it was asked to sign. */
  signatures(): number;
}

const [requestIdentities, identitiesAnswer, failure, signRequest] = [11, 12, 5, 13];

/** An agent that holds one key (`TYPE BASE64`), signs nothing and counts who wants it to. */
export async function startAgent(publicKey: string): Promise<FakeAgent> {
  const socketPath = join(temporaryDirectory(), "agent");
  let signatures = 0;
  const answer = (kind: number | undefined) => {
    if (kind === signRequest) signatures++;
    if (kind !== requestIdentities) return framed(Buffer.from([failure ?? 0]));
    const key = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
    return framed(
      Buffer.from([identitiesAnswer ?? 0]),
      Buffer.from([0, 0, 0, 1]),
      framed(key),
      framed(Buffer.from("me")),
    );
  };
  const server = createServer((socket) => {
    let waiting = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32BE(0)) {
        socket.write(answer(waiting[4]));
        waiting = waiting.subarray(4 + waiting.readUInt32BE(0));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => void server.close());
  return { socketPath, signatures: () => signatures };
}

function framed(...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}
