import { expect, it } from "vitest";
import { terminalPrompter } from "../../src/render/terminal-prompter.ts";
import { memoryTerminal } from "../support/memory-terminal.ts";

const tty = { columns: 80, rows: 24 };

it("asks on stderr, so that stdout may go into a file or a pipe", async () => {
  const terminal = memoryTerminal({ tty, piped: true, input: ["yes"] });
  expect(await terminalPrompter(terminal)?.confirm("sure?")).toBe(true);
  expect({ stdout: terminal.stdout, stderr: terminal.stderr }).toEqual({ stdout: "", stderr: "sure? [y/N] yes\n" });
});

it("asks nobody where there is no terminal", () => {
  expect(terminalPrompter(memoryTerminal())).toBeUndefined();
});
