import type { Readable } from "node:stream";

/** Most that is kept: OpenSSH's clients give up on a longer greeting as well. */
const limit = 8192;
/** Most of it that is shown, characters. */
const shown = 60;

/**
 * Watches what a server says before it speaks SSH. Pauses the stream until whoever speaks SSH with it resumes it, so that
 * nothing is read before that one listens. The result: what the server has said in place of an SSH greeting (RFC 4253,
 * 4.2), its first line, cut; undefined once there was a greeting, and for a server that said nothing.
 */
export function watchGreeting(stream: Readable): () => string | undefined {
  let said = Buffer.alloc(0);
  let greeted = false;
  const onData = (chunk: Buffer) => {
    said = Buffer.concat([said, chunk.subarray(0, limit - said.length)]);
    // also in front of its end: whoever was cut off in the middle of it did speak SSH
    greeted = /^SSH-/m.test(said.toString("latin1"));
    if (greeted || said.length >= limit) stream.off("data", onData);
  };
  stream.pause();
  stream.on("data", onData);
  return () => {
    if (greeted || said.length === 0) return undefined;
    const [line = ""] = said.toString("utf8").trimStart().split(/\r?\n/, 1);
    return line.length > shown ? `${line.slice(0, shown)}...` : line;
  };
}
