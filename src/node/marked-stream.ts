import type { Readable } from "node:stream";

/** Where a stream's bytes go. */
export interface Keeper {
  add(chunk: Buffer): void;
  text(): string;
}

/** A stream that is read until a line of our own says that it is complete. */
export interface MarkedStream {
  /** Resolves when the end marker has arrived; never for a stream that lacks it. */
  readonly complete: Promise<void>;
  isComplete(): boolean;
  /** What is kept, without the end marker. */
  text(): string;
}

/**
 * Reads a stream, whatever its size and whatever of it is kept: it is always drained, because a full pipe would stall the
 * command, and the end marker is found even where nothing is kept.
 */
export function readMarked(stream: Readable, endMarker: string, keeper: Keeper): MarkedStream {
  const marker = Buffer.from(endMarker);
  let tail: Buffer = Buffer.alloc(0);
  let isComplete = false;
  const complete = new Promise<void>((resolve) => {
    stream.on("data", (chunk: Buffer) => {
      if (isComplete) return;
      keeper.add(chunk);
      // a marker may be cut by the border of two chunks
      const seam = Buffer.concat([tail, chunk.subarray(0, marker.length)]);
      isComplete = chunk.includes(marker) || seam.includes(marker);
      tail = (chunk.length >= marker.length ? chunk : seam).subarray(-marker.length);
      if (isComplete) resolve();
    });
  });
  stream.on("error", () => undefined);
  return {
    complete,
    isComplete: () => isComplete,
    text() {
      const all = keeper.text();
      const end = all.indexOf(endMarker);
      return end < 0 ? all : all.slice(0, end);
    },
  };
}

/** Keeps the first so many bytes. */
export function keepFirst(limit: number): Keeper {
  const kept: Buffer[] = [];
  let room = limit;
  return {
    add(chunk) {
      if (room === 0) return;
      // a copy: a piece of a buffer keeps all of it
      kept.push(Buffer.from(chunk.subarray(0, room)));
      room -= Math.min(room, chunk.length);
    },
    text: () => Buffer.concat(kept).toString("utf8"),
  };
}
