import type { Readable } from "node:stream";
import type { TerminalSize } from "../node/transport.ts";

/** A terminal whose keys come as bytes and whose screen takes bytes: for what is a terminal itself. */
export interface RawTerminal {
  readonly keys: Readable;
  /** Bytes for the screen; wait for the promise, if there is one, before more. */
  write(bytes: Uint8Array): Promise<void> | undefined;
  readonly size: TerminalSize;
  /** Calls back when the window has another size; gives what ends that. */
  onResize(listener: (size: TerminalSize) => void): () => void;
}

/** A terminal whose whole screen is drawn on, and is as it was afterwards. */
export interface ScreenTerminal extends RawTerminal {
  /** Calls back when the program goes on after it was stopped: nothing is on the screen. Gives what ends that. */
  onResume(listener: () => void): () => void;
  /** Stops the program as Ctrl-Z does, with the terminal as it was until it goes on. */
  suspend(): void;
}

/** Hands a terminal over for as long as `use` takes, and has it as it was then. Rejects with UserError where there is none. */
export type LendTerminal = <T>(use: (terminal: RawTerminal) => Promise<T>) => Promise<T>;
