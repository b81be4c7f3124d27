import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, link, open, rm } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { exitCodes, UserError } from "../../errors.ts";
import type { Node } from "../../node/node.ts";
import { blockSize, sendCommand } from "../copy/transfer-shell.ts";

/** A file of a node that is fetched. */
export interface Fetch {
  readonly node: Node;
  /** On the node. */
  readonly path: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Here; nothing may be there. */
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes: (bytes: number) => void;
}

/**
 * Writes from where the part is so far to its end; zeros become holes. Gives how many bytes are there. Rejects with
 * NodeError where the connection was lost: calling it again goes on.
 */
export async function fetchPart({ node, path, size, signal, onBytes }: Fetch, part: FileHandle): Promise<number> {
  const block = Math.floor((await part.stat()).size / blockSize);
  let at = block * blockSize;
  const unzip = createGunzip();
  const written = (async () => {
    for await (const chunk of unzip as AsyncIterable<Buffer>) {
      if (chunk.some((byte) => byte !== 0)) await part.write(chunk, 0, chunk.length, at);
      at += chunk.length;
      onBytes(at);
    }
  })();
  const stopped = written.catch(() => undefined);
  try {
    await node.stream(
      { shell: sendCommand(path, block) },
      {
        signal,
        onStderr: () => undefined,
        onStdout: (chunk) =>
          unzip.write(chunk) ? undefined : new Promise<void>((resolve) => unzip.once("drain", resolve)),
      },
    );
  } finally {
    unzip.end();
    await finished(unzip).catch(() => undefined);
    await stopped;
  }
  if (at >= size) await part.truncate(size);
  return at;
}

/** Compares the part with what the node has, and gives it its name. Throws UserError (exit 1, 6). */
export async function publishFile({ file, sha256, node }: Fetch, part: string): Promise<void> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(part)) hash.update(chunk);
  if (hash.digest("hex") !== sha256)
    throw new UserError(`${file}: what arrived is not what ${node.name} sent`, { hint: "type it again" });
  await link(part, file).catch((error: unknown) => {
    throw new UserError(`${file} cannot be made: ${error instanceof Error ? error.message : String(error)}`, {
      exitCode: exitCodes.refused,
    });
  });
  await rm(part);
}

/** A file for what is fetched, ours alone. */
export function openPart(part: string): Promise<FileHandle> {
  return open(part, "wx", 0o600);
}
