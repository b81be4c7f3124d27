import { expect, it, vi } from "vitest";
import { waitingLine } from "../../src/render/waiting.ts";
import { memoryTerminal } from "../support/memory-terminal.ts";
import { screenText } from "../support/screen.ts";

it("says on a terminal what is awaited, for how long, and how it stands, and goes away", () => {
  vi.useFakeTimers();
  const terminal = memoryTerminal({ tty: { columns: 40, rows: 10 } });
  const line = waitingLine(terminal, "web1\x1b[2J: ssh") ?? expect.fail("no line");
  const screen = () => screenText(terminal.both, 40, 10).trimEnd();
  expect(screen()).toMatch(/^web1\S*: ssh \.\.\. 0s$/);
  vi.advanceTimersByTime(65_000);
  vi.advanceTimersByTime(1); // a tick draws in a turn of its own, which the fake clock gives a millisecond
  expect(screen()).toContain("ssh ... 1m05s");
  line.stands("no ssh server answers at \x1b[31m192.0.2.1");
  expect(screen()).toContain("1m05s  no ");
  expect(screen().length).toBe(39);
  line.done();
  vi.advanceTimersByTime(5000);
  expect(screen()).toBe("");
  vi.useRealTimers();
});

it("says nothing in a pipe", () => {
  const terminal = memoryTerminal();
  expect(waitingLine(terminal, "web1: ssh")).toBeUndefined();
  expect(terminal.both).toBe("");
});
