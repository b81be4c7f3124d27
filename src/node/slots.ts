export interface Slots {
  /** Does the work when it is its turn; rejects with the signal's reason where that comes first. */
  use<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** Lets so much work go on at once; the rest waits in the order it came. */
export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    async use(work, signal) {
      signal?.throwIfAborted();
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        signal?.throwIfAborted();
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free++;
      }
    },
  };
}
