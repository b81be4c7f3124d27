import { clean } from "./clean.ts";
import type { Terminal } from "./terminal.ts";
import { tickingLines } from "./ticking-lines.ts";
import { formatDuration } from "./time.ts";
import { cutDisplay } from "./width.ts";

/** Milliseconds of silence after which somebody at a screen wonders what goes on. */
export const attention = 1000;
/** Milliseconds between two looks at who is awaited: a node that has answered is not named for longer. */
export const glance = 100;

/** A line that says what is awaited, and for how long by now. */
export interface WaitingLine {
  /** Takes how it stands. */
  stands(how: string): void;
  /** Takes the line off the screen. */
  done(): void;
}

/**
 * What is awaited, on a terminal; undefined in a pipe.
 * @param now milliseconds
 */
export function waitingLine(terminal: Terminal, what: string, now = () => performance.now()): WaitingLine | undefined {
  const begun = now();
  let how = "";
  const draw = () => {
    const line = `${clean(what)} ... ${formatDuration((now() - begun) / 1000)}${how === "" ? "" : `  ${clean(how)}`}`;
    // a full line would wrap on some terminals
    return `${cutDisplay(line, (terminal.size?.columns ?? 80) - 1)}\n`;
  };
  const lines = tickingLines(terminal, [what], draw);
  if (!lines) return undefined;
  return {
    stands(text) {
      how = text;
      lines.redraw(what);
    },
    done() {
      lines.settle(what, "");
      lines.done();
    },
  };
}

/** Says on a terminal what is awaited, for as long as the work takes. */
export async function sayWhile<T>(terminal: Terminal, what: string, work: () => Promise<T>): Promise<T> {
  const line = waitingLine(terminal, what);
  try {
    return await work();
  } finally {
    line?.done();
  }
}

/** A node that owes an answer, and since when: milliseconds of `performance.now()`. */
export interface AwaitedNode {
  readonly name: string;
  readonly since: number;
}

/** Which nodes have owed an answer for a second, and for how long the slowest has; nothing where none has. */
export function awaitedLine({ size }: Terminal, awaited: readonly AwaitedNode[]): string {
  const now = performance.now();
  const slow = awaited.filter(({ since }) => now - since >= attention);
  if (slow.length === 0) return "";
  const waited = now - Math.min(...slow.map(({ since }) => since));
  const [first = "", ...others] = slow.map(({ name }) => clean(name));
  const who = others.length === 0 ? `${first} answers` : `${slow.length} nodes answer`;
  const which = others.length === 0 ? "" : `  ${first} ${others.join(" ")}`;
  // a full line would wrap on some terminals
  return `${cutDisplay(`until ${who} ... ${formatDuration(waited / 1000)}${which}`, (size?.columns ?? 80) - 1)}\n`;
}
