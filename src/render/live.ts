import type { Terminal } from "./terminal.ts";
import { displayWidth } from "./width.ts";

export interface LiveBlocks {
  /** Replaces the block of one key. */
  update(key: string, text: string): void;
  /** Leaves the final text on the screen, equal to what a pipe would have got. */
  done(): void;
}

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
  let hidden = false;
  // counted anew each time: the user may have made the window narrower, and what is on screen wraps anew then
  const rowsDrawn = () => drawn.reduce((rows, line) => rows + height(line, columnsOf(terminal)), 0);
  const toTop = () => (drawn.length > 0 ? `\x1b[${rowsDrawn()}A` : "");
  const draw = (final: boolean) => {
    const { size } = terminal;
    if (hidden || !size) return;
    const visible = final ? [...linesOf(blocks)] : linesThatFit(blocks, size);
    // a node that is off the screen changes nothing there
    if (!final && visible.join("\n") === drawn.join("\n")) return;
    terminal.out(`${toTop()}\r\x1b[J${visible.map((line) => `${line}\n`).join("")}`);
    drawn = visible;
  };
  draw(false);
  terminal.overlay({
    hide() {
      if (drawn.length > 0) terminal.out(`${toTop()}\r\x1b[J`);
      drawn = [];
      hidden = true;
    },
    show() {
      hidden = false;
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

function columnsOf({ size }: Terminal): number {
  return size?.columns ?? Number.POSITIVE_INFINITY;
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
