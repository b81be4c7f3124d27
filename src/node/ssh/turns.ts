import type { Readable } from "node:stream";

/** Milliseconds that go to what connections have received, before timers and everybody else have their turn. */
const budget = 5;

const waiting: (() => void)[] = [];
let begun: number | undefined;

/** What has to come in the order in which it happened. */
const ordered: ReadonlySet<string | symbol> = new Set(["data", "end", "error", "close"]);

/**
 * Hands on what a stream receives a little at a time, as all streams together have need of the processor: a handshake's
 * cryptography is a millisecond or two, and where 32 hosts answer at once, none of the others' deadlines could be kept.
 */
export function takeTurns(stream: Readable): void {
  const emit = stream.emit;
  let held = 0;
  let ended = false;
  stream.emit = (event: string | symbol, ...values: readonly unknown[]) => {
    const pass = () => Reflect.apply(emit, stream, [event, ...values]) as boolean;
    if (event === "end") ended = true;
    if (!ordered.has(event) || (held === 0 && (event !== "data" || isEarly()))) return pass();
    held++;
    stream.pause();
    later(() => {
      held--;
      // what whoever destroyed it does not want to hear any more
      if (event !== "data" || !stream.destroyed || ended) pass();
      if (held === 0) stream.resume();
    });
    return true;
  };
}

/** Whether this turn of the event loop has time left, and nobody waits from an earlier one. */
function isEarly(): boolean {
  const now = performance.now();
  if (begun === undefined) {
    begun = now;
    setImmediate(() => {
      begun = undefined;
    });
  }
  return waiting.length === 0 && now - begun < budget;
}

function later(work: () => void): void {
  waiting.push(work);
  if (waiting.length === 1) setImmediate(next);
}

/** One piece in each turn of the loop. */
function next(): void {
  const [work] = waiting.splice(0, 1);
  if (waiting.length > 0) setImmediate(next);
  work?.();
}
