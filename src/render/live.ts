import type { Terminal } from "./terminal.ts";
import { displayWidth } from "./width.ts";

export interface LiveBlocks {
  /** Replaces the block of one key. */
  update(key: string, text: string): void;
  /** Leaves the final text on the screen, equal to what a pipe would have got. */
  done(): void;
}

type Size = NonNullable<Terminal["size"]>;

/**
 * Blocks of lines in a fixed order that are on screen at once and replaced in place. Undefined where stdout is no
 * terminal. While the whole is higher than the screen only as many lines as fit are drawn; `done` prints all of them.
 */
export function liveBlocks(
  terminal: Terminal,
  keys: readonly string[],
  pending: (key: string) => string,
): LiveBlocks | undefined {
  if (!terminal.stdoutIsTty || !terminal.size) return undefined;
  const blocks = new Map(keys.map((key) => [key, pending(key)]));
  let drawn: readonly string[] = [];
  let drawnOn: Size = { ...terminal.size };
  let hidden = false;
  let torn = false;
  const isResized = ({ columns, rows }: Size) => columns !== drawnOn.columns || rows !== drawnOn.rows;
  const erase = (size: Size) => {
    torn ||= size.columns < drawnOn.columns || size.rows < drawnOn.rows;
    const away = torn && isResized(size);
    drawnOn = { ...size };
    if (drawn.length === 0) return "\r\x1b[J";
    // counted anew each time: what is on the screen wraps anew when the window becomes wider
    return away ? scrolledAway(size) : erased(drawn.reduce((rows, line) => rows + height(line, size.columns), 0));
  };
  const draw = (final: boolean) => {
    const { size } = terminal;
    if (hidden || !size) return;
    const visible = final ? [...linesOf(blocks)] : linesThatFit(blocks, size);
    // a node that is off the screen changes nothing there
    if (!final && !isResized(size) && visible.join("\n") === drawn.join("\n")) return;
    terminal.out(`${erase(size)}${visible.map((line) => `${line}\n`).join("")}`);
    drawn = visible;
  };
  draw(false);
  terminal.overlay({
    hide() {
      if (drawn.length > 0 && terminal.size) terminal.out(erase(terminal.size));
      drawn = [];
      hidden = true;
    },
    show() {
      hidden = false;
      draw(false);
    },
    moved() {
      drawn = [];
      draw(false);
    },
  });
  return {
    update(key, text) {
      blocks.set(key, text);
      draw(false);
    },
    done() {
      terminal.overlay(undefined);
      draw(true);
    },
  };
}

/**
 * Takes so many rows above the cursor off the screen, and puts it where they began. The first one by itself: tmux takes
 * what is erased from the screen's first place on for `clear`, and keeps a copy of each look in its history.
 */
function erased(rows: number): string {
  return `\x1b[${rows}A\r\x1b[K\x1b[1B\x1b[J\x1b[1A`;
}

/**
 * Moves all that is on the screen into the terminal's history, the cursor to the top. When a window becomes smaller, rows
 * of what was drawn may go there, nobody says how many, and come back as it grows: they cannot be erased.
 */
function scrolledAway({ rows }: Size): string {
  return `\x1b[${rows};1H${"\n".repeat(rows)}\x1b[H`;
}

/** Rows of the screen that a line takes: a long one wraps. */
function height(line: string, columns: number): number {
  return Math.max(1, Math.ceil(displayWidth(line.replace(/\x1b\[[\d;]*m/g, "")) / columns));
}

function* linesOf(blocks: ReadonlyMap<string, string>): Generator<string> {
  for (const block of blocks.values()) yield* block.split("\n").slice(0, -1);
}

/**
 * The cursor cannot go above the screen: what does not fit there waits for the end, and is not even looked at, of however
 * many nodes it is.
 */
function linesThatFit(blocks: ReadonlyMap<string, string>, size: { columns: number; rows: number }): string[] {
  const lines: string[] = [];
  let left = size.rows - 1;
  for (const line of linesOf(blocks)) {
    left -= height(line, size.columns);
    if (left < 0) break;
    lines.push(line);
  }
  return lines;
}
