import { clean } from "./clean.ts";
import type { Terminal } from "./terminal.ts";
import { tickingLines } from "./ticking-lines.ts";
import { formatDuration } from "./time.ts";
import { cutDisplay } from "./width.ts";

/** Milliseconds of silence after which somebody at a screen wonders what goes on. */
export const attention = 1000;

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

/**
 * Which nodes owe an answer; nothing where none does.
 * @param waited milliseconds
 */
export function awaitedLine({ size }: Terminal, names: readonly string[], waited: number): string {
  if (names.length === 0) return "";
  const [first = "", ...others] = names.map(clean);
  const who = others.length === 0 ? `${first} answers` : `${names.length} nodes answer`;
  const which = others.length === 0 ? "" : `  ${first} ${others.join(" ")}`;
  // a full line would wrap on some terminals
  return `${cutDisplay(`until ${who} ... ${formatDuration(waited / 1000)}${which}`, (size?.columns ?? 80) - 1)}\n`;
}
