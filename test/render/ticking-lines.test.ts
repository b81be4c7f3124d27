import { expect, it, onTestFinished, vi } from "vitest";
import { tickingLines } from "../../src/render/ticking-lines.ts";
import { memoryTerminal } from "../support/memory-terminal.ts";

it("draws what is pending anew every second, and what is settled no more", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const terminal = memoryTerminal({ tty: { columns: 40, rows: 9 } });
  let seconds = 0;
  const lines = tickingLines(terminal, ["a", "b"], (key) => `${key} ${seconds}s\n`);
  lines?.settle("a", "a done\n");
  const drawn: string[] = [];
  for (seconds = 1; seconds < 3; seconds++) {
    const before = terminal.stdout.length;
    vi.advanceTimersByTime(1000);
    vi.advanceTimersByTime(1); // a tick draws in a turn of its own, which the fake clock gives a millisecond
    drawn.push(terminal.stdout.slice(before));
  }
  expect(drawn.map((text) => text.replace(/^.*\x1b\[J\x1b\[1A/s, ""))).toEqual(["a done\nb 1s\n", "a done\nb 2s\n"]);
  lines?.done();
  expect(vi.getTimerCount()).toBe(0);
});

it("is nothing in a pipe", () => {
  expect(tickingLines(memoryTerminal(), ["a"], () => "")).toBeUndefined();
});
