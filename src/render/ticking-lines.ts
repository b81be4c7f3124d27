import { liveBlocks } from "./live.ts";
import type { Terminal } from "./terminal.ts";

export interface TickingLines {
  /** Draws one line anew: what it says has changed. */
  redraw(key: string): void;
  /** Gives a line its last text, which no longer tells the time. */
  settle(key: string, text: string): void;
  /** Leaves the lines as they are. */
  done(): void;
}

/**
 * Lines on the screen that tell how long something takes: each is drawn anew every second until it is settled. Undefined
 * where stdout is no terminal. They hold no process up.
 * @param every milliseconds
 */
export function tickingLines(
  terminal: Terminal,
  keys: readonly string[],
  draw: (key: string) => string,
  every = 1000,
): TickingLines | undefined {
  const live = liveBlocks(terminal, keys, draw);
  if (!live) return undefined;
  const pending = new Set(keys);
  const redraw = (key: string) => live.update(key, draw(key));
  // a timer that came due while the process was stopped runs before SIGCONT is heard, which says that the shell wrote below
  const tick = setInterval(() => void setImmediate(() => pending.forEach(redraw)), every);
  tick.unref();
  return {
    redraw,
    settle(key, text) {
      pending.delete(key);
      live.update(key, text);
    },
    done() {
      clearInterval(tick);
      pending.clear();
      live.done();
    },
  };
}
