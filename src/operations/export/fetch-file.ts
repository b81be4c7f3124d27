import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
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
 * NodeError where the connection was lost: calling it again goes on; with UserError where that would not help.
 */
export async function fetchPart({ node, path, size, file, signal, onBytes }: Fetch, part: FileHandle): Promise<number> {
  const block = Math.floor((await part.stat()).size / blockSize);
  let at = block * blockSize;
  const unzip = createGunzip();
  const strange = (what: string) => new UserError(`${node.name} sends ${path} in a strange way: ${what}`);
  const written = (async () => {
    for await (const chunk of unzip as AsyncIterable<Buffer>) {
      if (at + chunk.length > size) throw strange(`more than the ${size} bytes that it has`);
      if (chunk.some((byte) => byte !== 0)) await writeAt(part, chunk, at, file);
      at += chunk.length;
      onBytes(at);
    }
  })();
  const problem = written.then(
    () => undefined,
    (error: Error & { code?: string }) => {
      if (error instanceof UserError) return error;
      // it ends too early where the connection was lost
      return error.code === "Z_BUF_ERROR" ? undefined : strange(error.message);
    },
  );
  // nobody reads on after an error, or behind the end of what is compressed
  const over = problem.then((why) => Promise.reject(why ?? strange("something follows its end")));
  over.catch(() => undefined);
  try {
    await node.stream(
      { shell: sendCommand(path, block) },
      {
        signal,
        onStderr: () => undefined,
        onStdout: (chunk) =>
          unzip.write(chunk) ? undefined : Promise.race([new Promise<void>((go) => unzip.once("drain", go)), over]),
      },
    );
  } finally {
    unzip.end();
    await problem;
  }
  const why = await problem;
  if (why) throw why;
  if (at >= size) await part.truncate(size);
  return at;
}

/** All of it: on a disk that runs full the first write may take a part, and only the next one says why. */
async function writeAt(part: FileHandle, chunk: Buffer, at: number, file: string): Promise<void> {
  try {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await part.write(chunk, done, chunk.length - done, at + done);
      done += bytesWritten;
    }
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${(error as NodeJS.ErrnoException).code}`, { cause: error });
  }
}

/** Compares the part with what the node has, and gives it its name. Throws UserError (exit 1, 6). */
export async function publishFile({ file, sha256, node }: Fetch, part: string): Promise<void> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(part)) hash.update(chunk);
  if (hash.digest("hex") !== sha256)
    throw new UserError(`${file}: what arrived is not what ${node.name} sent`, { hint: "type it again" });
  await giveName(part, file).catch((error: unknown) => {
    throw new UserError(`${file} cannot be made: ${error instanceof Error ? error.message : String(error)}`, {
      exitCode: exitCodes.refused,
    });
  });
  await rm(part, { force: true });
}

/** Never to what is another's; where a file can have but one name (FAT, exFAT) it is taken first. */
async function giveName(part: string, file: string): Promise<void> {
  try {
    await link(part, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    await (await open(file, "wx", 0o600)).close();
    await rename(part, file).catch(async (why: unknown) => {
      await rm(file, { force: true });
      throw why;
    });
  }
}

/** A file for what is fetched, ours alone. */
export function openPart(part: string): Promise<FileHandle> {
  return open(part, "wx", 0o600);
}
