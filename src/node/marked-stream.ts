import type { Readable } from "node:stream";

/** A stream that is read until a line of our own says that it is complete. */
export interface MarkedStream {
  /** Resolves when the end marker has arrived; never for a stream that lacks it. */
  readonly complete: Promise<void>;
  /** Resolves when more arrived than is kept. */
  readonly overflow: Promise<void>;
  isComplete(): boolean;
  /** What is kept, without the end marker. */
  text(): string;
}

/**
 * Reads a stream, whatever its size: past `limit` bytes nothing is kept but the stream is still drained, because a full
 * pipe would stall the command. The end marker is found even there.
 */
export function readMarked(stream: Readable, endMarker: string, limit: number): MarkedStream {
  const kept: Buffer[] = [];
  const marker = Buffer.from(endMarker);
  let size = 0;
  let tail: Buffer = Buffer.alloc(0);
  let isComplete = false;
  let overflown: () => void = () => undefined;
  const overflow = new Promise<void>((resolve) => {
    overflown = resolve;
  });
  const complete = new Promise<void>((resolve) => {
    stream.on("data", (chunk: Buffer) => {
      if (isComplete) return;
      if (size < limit) kept.push(chunk.subarray(0, limit - size));
      size += chunk.length;
      if (size > limit) overflown();
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
    overflow,
    isComplete: () => isComplete,
    text() {
      const all = Buffer.concat(kept).toString("utf8");
      const end = all.indexOf(endMarker);
      return end < 0 ? all : all.slice(0, end);
    },
  };
}
