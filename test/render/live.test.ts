import { expect, it } from "vitest";
import { liveBlocks } from "../../src/render/live.ts";
import type { Overlay } from "../../src/render/screen.ts";
import { memoryTerminal } from "../support/memory-terminal.ts";
import { screenText } from "../support/screen.ts";

const screen = (text: string, columns = 80, rows = 24) => screenText(text, columns, rows).split("\n");

it("replaces blocks in place, whatever their heights, in the order of the keys", () => {
  const terminal = memoryTerminal({ tty: { columns: 80, rows: 24 } });
  const live = liveBlocks(terminal, ["a", "b", "c"], (key) => `${key} ...\n`);
  live?.update("c", "c on\n 1\n 2\n");
  live?.update("a", "a off\n");
  expect(screen(terminal.stdout)).toEqual(["a off", "b ...", "c on", " 1", " 2", ""]);
  live?.update("b", "b on\n 3\n");
  live?.done();
  expect(screen(terminal.stdout)).toEqual(["a off", "b on", " 3", "c on", " 1", " 2", ""]);
});

it("draws only what fits while it waits, and everything at the end", () => {
  const terminal = memoryTerminal({ tty: { columns: 80, rows: 3 } });
  const keys = ["a", "b", "c", "d", "e"];
  const live = liveBlocks(terminal, keys, (key) => `${key}\n`);
  expect(screen(terminal.stdout, 80, 3)).toEqual(["a", "b", ""]);
  live?.done();
  expect(screen(terminal.stdout, 80, 3)).toEqual([...keys, ""]);
});

it("draws nothing for a node that is not on the screen", () => {
  const terminal = memoryTerminal({ tty: { columns: 80, rows: 3 } });
  const keys = Array.from({ length: 1000 }, (_, index) => `n${index}`);
  const live = liveBlocks(terminal, keys, (key) => `${key} ...\n`);
  const before = terminal.stdout;
  for (const key of keys.slice(2)) live?.update(key, `${key} on\n`);
  expect(terminal.stdout).toBe(before);
  live?.update("n1", "n1 on\n");
  live?.update("n0", "n0 off\n");
  expect(screen(terminal.stdout, 80, 3)).toEqual(["n0 off", "n1 on", ""]);
  live?.done();
  expect(screen(terminal.stdout, 80, 3).slice(0, 4)).toEqual(["n0 off", "n1 on", "n2 on", "n3 on"]);
});

it("is not there in a pipe", () => {
  expect(liveBlocks(memoryTerminal(), ["a"], () => "")).toBeUndefined();
});

it("makes room for what is said and asked, and is drawn again below", async () => {
  const terminal = memoryTerminal({ tty: { columns: 80, rows: 24 }, input: ["yes"] });
  const live = liveBlocks(terminal, ["a", "b"], (key) => `${key} ...\n`);
  terminal.err("warning: take care\n");
  const asking = terminal.readLine("sure? ");
  live?.update("a", "a on\n");
  await asking;
  live?.update("b", "b on\n");
  live?.done();
  terminal.err("done\n");
  expect(screen(terminal.both)).toEqual(["warning: take care", "sure? yes", "a on", "b on", "done", ""]);
});

it("counts the rows of lines that wrap, colours aside", () => {
  const tty = { columns: 10, rows: 8 };
  const terminal = memoryTerminal({ tty });
  const live = liveBlocks(terminal, ["a", "b", "c"], (key) => `${key} ...\n`);
  live?.update("a", `${"a".repeat(25)}\n`);
  live?.update("b", `\x1b[31m${"b".repeat(10)}\x1b[39m\n`);
  live?.update("c", `${"c".repeat(11)}\n`);
  const wrapped = ["a".repeat(10), "a".repeat(10), "a".repeat(5), "b".repeat(10), "c".repeat(10), "c", ""];
  expect(screen(terminal.stdout, tty.columns, tty.rows)).toEqual(wrapped);
  live?.update("c", `${"c".repeat(21)}\n`);
  live?.update("a", "a\n");
  live?.done();
  const last = ["a", "b".repeat(10), "c".repeat(10), "c".repeat(10), "c", ""];
  expect(screen(terminal.stdout, tty.columns, tty.rows)).toEqual(last);
});

it("counts anew when the window was made wider", () => {
  const tty = { columns: 10, rows: 8 };
  const terminal = memoryTerminal({ tty });
  const live = liveBlocks(terminal, ["a", "b"], (key) => `${key.repeat(12)}\n`);
  const before = terminal.stdout.length;
  // the terminal no longer wraps what it shows: one row a line now
  tty.columns = 20;
  live?.update("a", "a\n");
  expect(terminal.stdout.slice(before)).toBe(`\x1b[2A\r\x1b[K\x1b[1B\x1b[J\x1b[1Aa\n${"b".repeat(12)}\n`);
});

it("begins at the top of a window that was made smaller, also as it grows again, and loses nothing of what stood there", () => {
  const tty = { columns: 80, rows: 6 };
  const terminal = memoryTerminal({ tty });
  const live = liveBlocks(terminal, ["a", "b"], (key) => `${key} ...\n`);
  terminal.err("said before\n");
  // nothing but the size has changed
  for (const rows of [4, 6]) {
    tty.rows = rows;
    const before = terminal.stdout.length;
    live?.update("a", "a ...\n");
    expect(terminal.stdout.slice(before)).toBe(`\x1b[${rows};1H${"\n".repeat(rows)}\x1b[Ha ...\nb ...\n`);
  }
  live?.update("b", "b on\n");
  live?.done();
  const lines = screen(terminal.both, 80, 6);
  expect(lines.slice(-3)).toEqual(["a ...", "b on", ""]);
  expect(lines).toContain("said before");
});

it("is drawn anew, below, where the shell had the terminal in between", () => {
  const terminal = memoryTerminal({ tty: { columns: 80, rows: 24 } });
  const drawings: (Overlay | undefined)[] = [];
  const overlay = (drawing: Overlay | undefined) => void drawings.push(drawing);
  const live = liveBlocks({ ...terminal, out: terminal.out, overlay }, ["a"], (key) => `${key}\n`);
  terminal.out("stopped\nfg\n");
  drawings[0]?.moved();
  live?.update("a", "a on\n");
  live?.done();
  expect(screen(terminal.stdout)).toEqual(["a", "stopped", "fg", "a on", ""]);
});
