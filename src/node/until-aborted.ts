import { whenOver } from "./when-over.ts";

/** Waits for the work, but not beyond the signal: rejects with its reason then. The work goes on unattended. */
export function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** How long something may take. */
export interface Limit {
  readonly seconds: number;
  /** The error when they are over. */
  readonly late: () => Error;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits for the work, but neither beyond its time, when it rejects with the error for that, nor beyond the signal. Not by
 * AbortSignal.any of AbortSignal.timeout: where nobody else holds the latter, Node 20 forgets it, and it never fires
 * (nodejs/node issue 57736).
 */
export async function within<T>({ seconds, late, signal }: Limit, work: Promise<T>): Promise<T> {
  let stopClock = () => {};
  const over = new Promise<never>((_, reject) => {
    stopClock = whenOver(seconds, () => reject(late()));
  });
  try {
    return await Promise.race([signal ? untilAborted(signal, work) : work, over]);
  } finally {
    stopClock();
  }
}

/** A controller that this signal ends too; its own end stops listening to it. */
export function endedBy(signal: AbortSignal | undefined): AbortController {
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true, signal: controller.signal });
  return controller;
}

/**
 * Does the work with a signal that ends it after so many seconds, or with the other one; undefined where its time was over.
 * More than a deadline of its own, for what a node is asked: a new connection to one that froze takes seconds besides.
 */
export async function endedAfter<T>(
  seconds: number,
  signal: AbortSignal | undefined,
  work: (until: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const over = endedBy(signal);
  const stopClock = whenOver(seconds, () => over.abort());
  try {
    return await work(over.signal);
  } catch (error) {
    if (over.signal.aborted && !signal?.aborted) return undefined;
    throw error;
  } finally {
    stopClock();
    over.abort();
  }
}
