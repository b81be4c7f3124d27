import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerChannel } from "ssh2";
import { expect, it, onTestFinished } from "vitest";
import type { Channel } from "../../../src/node/transport.ts";
import { startSshd } from "../../support/fake-sshd.ts";
import { adminKey, sshWorld } from "../../support/ssh-world.ts";

const mebibyte = 1024 * 1024;

/** What ssh2 gives to nobody: a way to send whatever the window is. */
interface Inside {
  readonly _client: { readonly _protocol: Record<string, (id: number, data: Buffer, type?: number) => void> };
  readonly outgoing: { readonly id: number };
}

/** Sends so many MiB of a stream, without a look at the window. */
function flood(channel: ServerChannel, stream: "stdout" | "stderr", size: number): void {
  const { _client: client, outgoing } = channel as unknown as Inside;
  const piece = Buffer.alloc(32 * 1024 - 100);
  const send = (left: number) => {
    for (let count = 0; count < 32; count++)
      if (stream === "stdout") client._protocol["channelData"]?.(outgoing.id, piece);
      else client._protocol["channelExtData"]?.(outgoing.id, piece, 1);
    if (left > 1) setImmediate(send, left - 1);
  };
  send(size);
}

it.each(["stdout", "stderr"] as const)("a server that ignores the window of %s is left", async (name) => {
  const sshd = await startSshd({
    authorized: [adminKey.public],
    onExec: (channel) =>
      flood(
        channel.on("error", () => undefined),
        name,
        40,
      ),
  });
  const world = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } });
  const using = world.node("ham0").use({ patient: true }, async (transport) => {
    const channel: Channel = await transport.open("cat");
    const stream: Readable = channel[name];
    stream.pause();
    while (sshd.open() > 0) await sleep(20);
    expect(stream.readableLength).toBeGreaterThan(mebibyte);
    expect(stream.readableLength).toBeLessThan(6 * mebibyte);
    channel.stdout.resume();
    channel.stderr.resume();
    expect((await channel.ended).kind).toBe("lost");
  });
  onTestFinished(() => using.catch(() => undefined));
  await using;
});
