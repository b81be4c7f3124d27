import { Readable, Writable } from "node:stream";
import { runProgram } from "../../src/render/run-program.ts";
import { createScreen } from "../../src/render/screen.ts";
import type { Terminal } from "../../src/render/terminal.ts";

export interface MemoryTerminal extends Terminal {
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order they were written, as on one screen. */
  readonly both: string;
}

export interface MemoryTerminalOptions {
  /** A screen: stdout, stderr and stdin are terminals. */
  readonly tty?: { readonly columns: number; readonly rows: number };
  /** stdout goes into a pipe all the same. */
  readonly piped?: boolean;
  /** What the user types, line by line, perhaps decided when it is asked for; after the last one the input ends. */
  readonly input?: readonly (string | (() => string))[];
}

/** A terminal that keeps what it is given. */
export function memoryTerminal({ tty, piped = false, input = [] }: MemoryTerminalOptions = {}): MemoryTerminal {
  const lines = [...input];
  const typed = (line: string | (() => string)) => (typeof line === "string" ? line : line());
  const written = { out: "", err: "", both: "" };
  const screen = createScreen();
  const write = (to: "out" | "err", text: string) => {
    written[to] += text;
    written.both += text;
  };
  return {
    get stdout() {
      return written.out;
    },
    get stderr() {
      return written.err;
    },
    get both() {
      return written.both;
    },
    out: (text) => write("out", text),
    err: (text) => screen.say(() => write("err", text)),
    overlay: screen.overlay,
    run: (argv, signal) => runProgram(process, argv, signal),
    pour(to, data) {
      write(to === "stdout" ? "out" : "err", typeof data === "string" ? data : Buffer.from(data).toString("utf8"));
      return undefined;
    },
    input: () => Readable.from(lines.splice(0).map((line) => Buffer.from(`${typed(line)}\n`))),
    output: new Writable({
      write(chunk: Buffer, _encoding, done) {
        write("out", chunk.toString("utf8"));
        done();
      },
    }),
    stdoutIsTty: tty !== undefined && !piped,
    stderrIsTty: tty !== undefined,
    stdinIsTty: tty !== undefined,
    size: piped ? undefined : tty,
    wholeScreen: () => Promise.reject(new Error("a terminal in memory has no second screen")),
    raw: () => Promise.reject(new Error("a terminal in memory has no raw mode")),
    readLine: (prompt) =>
      screen.ask(async () => {
        const line = lines.shift();
        const answer = line === undefined ? undefined : typed(line);
        write("err", `${prompt}${answer ?? ""}\n`);
        return answer;
      }),
  };
}
