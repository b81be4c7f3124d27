import type { Sink } from "./stream-command.ts";
import { endMark } from "./terminal-script.ts";

/** Most that is kept of what comes before the command and after it. */
const noiseLimit = 64 * 1024;

/** What a terminal of `terminalScript` shows, taken apart as it comes. */
export interface TerminalOutput {
  /** Takes a piece; the promise, where there is one, is that of the sink. */
  push(chunk: Buffer): void | Promise<void>;
  /** What came before the command: the login's own words. */
  before(): string;
  begun(): boolean;
  /** The command's exit code and what it said on stderr; undefined before its end. */
  end(): { readonly code: number; readonly said: string } | undefined;
}

/**
 * Hands on, byte by byte, what comes between the two marks; of that only the beginning of an end mark is held back until
 * it is known to be none.
 * @param onBegin called once, before the first byte is handed on
 */
export function readTerminal(nonce: string, sink: Sink, onBegin: () => void): TerminalOutput {
  const beginning = new RegExp(`${nonce} begin\\r?\\n`);
  const marker = Buffer.from(`${endMark}${nonce} end `);
  let before = "";
  let begun = false;
  let held: Buffer = Buffer.alloc(0);
  let after: string | undefined;

  const live = (chunk: Buffer): void | Promise<void> => {
    const all = Buffer.concat([held, chunk]);
    const at = all.indexOf(marker);
    if (at >= 0) after = all.subarray(at + marker.length).toString("utf8");
    const upTo = at >= 0 ? at : all.length - beginningOf(marker, all);
    held = at >= 0 ? Buffer.alloc(0) : all.subarray(upTo);
    return upTo > 0 ? sink(all.subarray(0, upTo)) : undefined;
  };
  return {
    push(chunk) {
      if (after !== undefined) {
        after = (after + chunk.toString("utf8")).slice(0, noiseLimit);
        return;
      }
      if (begun) return live(chunk);
      // latin1: a byte each, so that what follows the mark is the very bytes
      const all = before + chunk.toString("latin1");
      const match = beginning.exec(all);
      before = all.slice(0, match?.index).slice(-noiseLimit);
      if (!match) return;
      begun = true;
      onBegin();
      const rest = Buffer.from(all.slice(match.index + match[0].length), "latin1");
      return rest.length > 0 ? live(rest) : undefined;
    },
    before: () => before,
    begun: () => begun,
    end() {
      const [, code, said = ""] = /^(\d+)\r?\n([\s\S]*)$/.exec(after ?? "") ?? [];
      return code === undefined ? undefined : { code: Number(code), said: said.replaceAll("\r\n", "\n").trim() };
    },
  };
}

/** How many bytes at the end of a piece may begin the marker. */
function beginningOf(marker: Buffer, piece: Buffer): number {
  const at = piece.lastIndexOf(marker.subarray(0, 1));
  const length = at < 0 ? 0 : piece.length - at;
  return length < marker.length && piece.subarray(piece.length - length).equals(marker.subarray(0, length))
    ? length
    : 0;
}
