import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { UserError } from "../../errors.ts";
import type { Node } from "../../node/node.ts";
import { endedBy } from "../../node/until-aborted.ts";
import { blockSize, receiveCommand, sendCommand } from "./transfer-shell.ts";

/** A file of one node, and the part of it on another. */
export interface RelayedFile {
  readonly source: Node;
  readonly target: Node;
  readonly path: string;
  /** Has a command write into the part, while this client may. */
  readonly writing: (command: string) => string;
  /** Bytes that the source said it has. */
  readonly size: number;
  readonly signal: AbortSignal;
  /** Called as the source sends something. */
  readonly onBytes?: (() => void) | undefined;
}

/** Bytes that may wait here for the slower of two nodes. */
const waiting = 4 * 1024 ** 2;

/** Most that gzip makes of so many bytes; what cannot be compressed it stores, with 5 bytes for 32 KiB. */
function compressedAtMost(bytes: number): number {
  return bytes * 1.001 + 1024 ** 2;
}

/**
 * Sends a file on from a block, until either node ends that; how far it came the part says. Rejects with NodeError where a
 * connection was lost, with UserError where the source sends what cannot be that file, the signal's reason at its end.
 */
export async function sendFrom(file: RelayedFile, block: number): Promise<void> {
  const { source, target, path, writing, size, signal, onBytes } = file;
  const pipe = new PassThrough({ highWaterMark: waiting });
  pipe.on("error", () => undefined);
  const drop = () => undefined;
  const receiving = target.stream(
    { shell: writing(receiveCommand(block, size)) },
    { stdin: pipe, signal, onStdout: drop, onStderr: drop },
  );
  const over = endedBy(signal);
  let left = compressedAtMost(size - block * blockSize);
  const sending = source.stream(
    { shell: sendCommand(path, block) },
    {
      signal: over.signal,
      onStderr: drop,
      onStdout: (chunk) => {
        onBytes?.();
        left -= chunk.length;
        if (left < 0) throw new UserError(`${source.name} sends more of ${path} than the ${size} bytes that it said`);
        if (pipe.write(chunk) || pipe.destroyed) return undefined;
        return new Promise<void>((resolve) => {
          pipe.once("drain", resolve);
          pipe.once("close", resolve);
        });
      },
    },
  );
  // where one side ends the other has nothing to do any more, and a source may never end by itself
  const endPipe = () => void pipe.end();
  const endSource = () => {
    pipe.destroy();
    over.abort();
  };
  sending.then(endPipe, endPipe);
  receiving.then(endSource, endSource);
  const [, received] = await Promise.allSettled([sending, receiving]);
  await finished(pipe).catch(() => undefined);
  await sending;
  if (received.status === "rejected") throw received.reason;
  signal.throwIfAborted();
}

/** Bytes of what sha256sum prints for a path of the greatest length, every byte of it escaped, and of days of lines. */
const longestSum = 16 * 1024;

/** Seconds between two empty lines, by which a source shows that it is at it. */
const sign = 15;

const sumScript = `mclu_signs() {
trap 'kill $mclu_nap 2>/dev/null; exit' TERM
while :; do sleep ${sign} >/dev/null 2>&1 & mclu_nap=$!; wait $mclu_nap; echo; done
}
mclu_signs & mclu_signing=$!
mclu_code=0
sha256sum -- "$1" || mclu_code=$?
kill $mclu_signing
exit $mclu_code`;

/** The SHA-256 of a file, as its node says; a word that is none where it does not. Rejects with NodeError. */
export async function checksum({
  source,
  path,
  signal,
  onBytes,
}: Pick<RelayedFile, "source" | "path" | "signal" | "onBytes">): Promise<string> {
  let text = "";
  const end = await source.stream(
    { argv: ["sh", "-c", sumScript, "mclu", path] },
    {
      signal,
      onStderr: () => undefined,
      onStdout: (chunk) => {
        onBytes?.();
        text += chunk.toString("latin1");
        if (text.length > longestSum) throw new UserError(`what sha256sum prints of ${path} does not end`);
      },
    },
  );
  signal.throwIfAborted();
  const [sum] = /^\\?([0-9a-f]{64}) /.exec(text.trimStart())?.slice(1) ?? [];
  // a sum that nothing has: the job then says that they differ
  return end.kind === "exit" && sum !== undefined ? sum : "none";
}
