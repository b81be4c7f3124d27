import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createSessions, NoSession } from "../../src/node/full-connection.ts";
import type { Channel, ChannelEnd } from "../../src/node/transport.ts";

/** A session that ends when it is told to. */
function session() {
  let end = (_end: ChannelEnd) => {};
  const ended = new Promise<ChannelEnd>((resolve) => {
    end = resolve;
  });
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const channel: Channel = { stdin, stdout, stderr, ended, close: () => undefined };
  return { channel, end: () => end({ kind: "exit", code: 0 }) };
}

const full = () => Promise.reject(new NoSession("ssh ham0 "));

describe("on a connection that is full", () => {
  it("a session is waited for until shortly before the question's own time is over", async () => {
    const inSession = createSessions();
    await inSession(async () => session().channel);
    const begun = performance.now();
    await expect(inSession(full, 4)).rejects.toBeInstanceOf(NoSession);
    const waited = performance.now() - begun;
    expect(waited).toBeGreaterThan(1900);
    expect(waited).toBeLessThan(4000);
  });

  it("a session is had once one of ours has ended", async () => {
    const inSession = createSessions();
    const [first, second] = [session(), session()];
    await inSession(async () => first.channel);
    let isFull = true;
    const opening = inSession(() => (isFull ? full() : Promise.resolve(second.channel)), 60);
    isFull = false;
    first.end();
    expect(await opening).toBe(second.channel);
  });

  it("none is waited for long where none of ours is open", async () => {
    const begun = performance.now();
    await expect(createSessions()(full)).rejects.toBeInstanceOf(NoSession);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});
