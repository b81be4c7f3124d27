import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const mebibyte = 1024 * 1024;

/** Seconds in which somebody must begin to write into a pipe that is read. */
const pipePatience = 2;

/** Thrown where a file is none that can be read as a whole; its message is a phrase. */
export class UnreadableFile extends Error {}

export interface ReadLimits {
  /** MiB; the default is more than a configuration of a thousand nodes, or any key, has. */
  readonly limit?: number;
  /** Seconds for whoever writes into a pipe to come to an end; default: for ever. */
  readonly patience?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a file, or a pipe as a shell's `<(...)` is one. A pipe without a writer would be waited for in the kernel, out of
 * reach of any deadline: so reading never blocks, and waits here. Rejects with the file system's error, with
 * UnreadableFile, or with the signal's reason.
 */
export async function readBytes(path: string, limits: ReadLimits = {}): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return await readAll(file, limits);
  } finally {
    await file.close();
  }
}

async function readAll(
  file: FileHandle,
  { limit = 1, patience = Number.POSITIVE_INFINITY, signal }: ReadLimits,
): Promise<Buffer> {
  const isPipe = (await file.stat()).isFIFO();
  const begun = performance.now();
  const deadline = begun + pipePatience * 1000;
  const chunk = Buffer.alloc(64 * 1024);
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    if (performance.now() - begun > patience * 1000) throw new UnreadableFile(`it has no end after ${patience} s`);
    const count = await readSome(file, chunk);
    if (count !== undefined && count > 0) {
      size += count;
      if (size > limit * mebibyte) throw new UnreadableFile(`it is larger than ${limit} MiB`);
      chunks.push(Buffer.from(chunk.subarray(0, count)));
      continue;
    }
    // the end; of a pipe that nobody has opened yet, it is the beginning
    if (count === 0 && (!isPipe || size > 0)) return Buffer.concat(chunks);
    if (count === 0 && performance.now() > deadline)
      throw new UnreadableFile(`it is a pipe, and nobody wrote into it within ${pipePatience} s`);
    await sleep(20, undefined, signal && { signal });
  }
}

/** Undefined: somebody is writing, and nothing has come yet. */
async function readSome(file: FileHandle, into: Buffer): Promise<number | undefined> {
  try {
    return (await file.read(into, 0, into.length, null)).bytesRead;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}
