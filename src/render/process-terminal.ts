import { fstatSync } from "node:fs";
import { exitCodes, UserError } from "../errors.ts";
import { useRaw } from "./raw-mode.ts";
import { readLine } from "./read-line.ts";
import { runProgram } from "./run-program.ts";
import { createScreen } from "./screen.ts";
import type { Terminal } from "./terminal.ts";

/** The terminal of a real process. */
export function processTerminal(process: NodeJS.Process): Terminal {
  const { stdin, stdout, stderr } = process;
  const screen = createScreen();
  return {
    out: (text) => stdout.write(text),
    err(text) {
      // what goes into a file is not on the screen
      if (stderr.isTTY) screen.say(() => stderr.write(text));
      else stderr.write(text);
    },
    pour(to, data) {
      const stream = to === "stdout" ? stdout : stderr;
      // a stream that broke takes nothing more, and nobody is to wait for it
      if (stream.write(data) || stream.destroyed) return undefined;
      return new Promise((resolve) => {
        for (const event of ["drain", "close"]) stream.once(event, () => resolve());
      });
    },
    input() {
      refuseUnreadable(stdin.fd);
      return stdin;
    },
    output: stdout,
    stdoutIsTty: stdout.isTTY === true,
    stderrIsTty: stderr.isTTY === true,
    stdinIsTty: stdin.isTTY === true,
    get size() {
      return stdout.isTTY ? { columns: stdout.columns || 80, rows: stdout.rows || 24 } : undefined;
    },
    overlay(drawing) {
      screen.overlay(drawing);
      // Ctrl-Z: the shell wrote below it until `fg`
      listen(process, "SIGCONT", screen.moved, drawing !== undefined);
    },
    run: (argv, signal) => screen.ask(() => runProgram(process, argv, signal)),
    raw: (use) => useRaw(process, "lent", use),
    wholeScreen: (use) => useRaw(process, "whole", use),
    readLine: (prompt, { hidden = false } = {}) => screen.ask(() => readLine(process, prompt, hidden)),
  };
}

/** Has a listener hear a signal, once each time, or no longer. */
function listen(to: NodeJS.Process, signal: NodeJS.Signals, listener: () => void, wanted: boolean): void {
  to.off(signal, listener);
  if (wanted) to.on(signal, listener);
}

/** What Node reads nothing from, and says nothing of: a directory or a block device would look like an empty file. */
function refuseUnreadable(descriptor: number): void {
  const stats = fstatSync(descriptor);
  const what = stats.isDirectory() ? "a directory" : stats.isBlockDevice() ? "a block device" : undefined;
  if (what === undefined) return;
  throw new UserError(`stdin is ${what}: a file or a pipe was expected`, {
    hint: stats.isDirectory()
      ? "tar -c DIRECTORY | mclu exec -i NODE -- tar -x"
      : "cat DEVICE | mclu exec -i NODE -- ...",
    exitCode: exitCodes.usage,
  });
}
