import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { exitCodes, UserError } from "../../errors.ts";

/** Something that becomes a file of a job: text, or a file of this machine. */
export interface UploadItem {
  /** Where it goes, seen from the job's directory. */
  readonly name: string;
  readonly source: { readonly path: string } | { readonly data: string | Uint8Array };
}

/** An item with what the node checks it by. */
export interface Measured {
  readonly name: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Reads every item once. Throws UserError (exit 2) for a local file that cannot be read or is no regular file. */
export function measure(items: readonly UploadItem[]): Promise<Measured[]> {
  return Promise.all(items.map(measureOne));
}

async function measureOne({ name, source }: UploadItem): Promise<Measured> {
  const hash = createHash("sha256");
  if ("data" in source) {
    const data = Buffer.from(source.data);
    return { name, size: data.length, sha256: hash.update(data).digest("hex") };
  }
  try {
    if (!(await stat(source.path)).isFile()) throw new Error("not a regular file");
    let size = 0;
    for await (const chunk of createReadStream(source.path)) {
      size += chunk.length;
      hash.update(chunk);
    }
    return { name, size, sha256: hash.digest("hex") };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`cannot read ${source.path}: ${why}`, { exitCode: exitCodes.usage, cause: error });
  }
}

/**
 * The items' bytes from one of them on, one after the other, each as long as it was measured; `onPiece` hears of each piece
 * that is taken. A file that changed meanwhile ends the stream early or fails the node's checksum; nothing is started with
 * it either way.
 */
export function uploadStream(
  items: readonly UploadItem[],
  measured: readonly Measured[],
  { from = 0, onPiece }: { readonly from?: number | undefined; readonly onPiece?: () => void } = {},
): Readable {
  async function* pieces() {
    for await (const piece of bytes()) {
      onPiece?.();
      yield piece;
    }
  }
  async function* bytes(): AsyncGenerator<Buffer> {
    let before = 0;
    for (const [index, { source }] of items.entries()) {
      const size = measured[index]?.size ?? 0;
      const start = Math.max(0, from - before);
      before += size;
      if (start >= size) continue;
      if ("data" in source) yield Buffer.from(source.data).subarray(start);
      else {
        try {
          yield* createReadStream(source.path, { start, end: size - 1 });
        } catch {
          return;
        }
      }
    }
  }
  return Readable.from(pieces(), { objectMode: false });
}
