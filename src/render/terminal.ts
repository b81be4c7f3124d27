import type { Readable, Writable } from "node:stream";
import type { RawTerminal, ScreenTerminal } from "../operations/raw-terminal.ts";
import type { Overlay } from "./screen.ts";

/** Where a run of mclu reads and writes: the real process in cli.ts, memory in tests. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Bytes or text of a stream that may be long; wait for the promise, if there is one, before more. */
  pour(to: "stdout" | "stderr", data: string | Uint8Array): Promise<void> | undefined;
  /** stdin, as it comes. Throws UserError (exit 2) where nothing can be read from it. */
  input(): Readable;
  /** stdout, for what is no text of ours. */
  readonly output: Writable;
  readonly stdoutIsTty: boolean;
  readonly stderrIsTty: boolean;
  readonly stdinIsTty: boolean;
  /** Width and height of the screen as they are now, characters; undefined in a pipe. */
  readonly size: { readonly columns: number; readonly rows: number } | undefined;
  /**
   * Says how what is drawn in place leaves the screen and returns, so that nothing that is said in between lands in it;
   * undefined: nothing is drawn any more.
   */
  overlay(drawing: Overlay | undefined): void;
  /**
   * Gives screen and keyboard, or the pipes that stand for them, to a program until it ends, which the signal has it do;
   * gives its exit code, null where a signal ended it. Rejects where it cannot be started.
   */
  run(argv: readonly string[], signal?: AbortSignal): Promise<number | null>;
  /**
   * Hands the keyboard and the screen over as they are, until the promise settles; the terminal's settings are as they were
   * then, and also where the process ends before, whatever ends it but SIGKILL. Rejects with UserError (exit 2) where stdin
   * or stdout is no terminal.
   */
  raw<T>(use: (terminal: RawTerminal) => Promise<T>): Promise<T>;
  /** The same with a screen of its own: what stood on the other one stands there again afterwards. */
  wholeScreen<T>(use: (terminal: ScreenTerminal) => Promise<T>): Promise<T>;
  /** One line from the user, without its newline; undefined at end of input. */
  readLine(prompt: string, options?: { readonly hidden?: boolean }): Promise<string | undefined>;
}
