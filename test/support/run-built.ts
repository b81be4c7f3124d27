import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import bundle from "../../package.json" with { type: "json" };

const root = new URL("../../", import.meta.url);
const program = fileURLToPath(new URL(bundle.bin.mclu, root));
const ptyScript = fileURLToPath(new URL("on-terminal.py", import.meta.url));

export interface BuiltOptions {
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Default: the root directory. */
  readonly cwd?: string;
  /** Run under this command, such as `unshare --mount`. */
  readonly under?: readonly string[];
  /** Ended by SIGKILL after so many milliseconds, default 60 000; its code is then 137. */
  readonly limit?: number;
  /** A terminal is stdin, stdout and stderr. Default: /dev/null and two pipes. */
  readonly pty?: PtyOptions;
  /** Sent once, when the promise resolves, or when these words have come on stderr; where it rejects, the run is over. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly when: Promise<unknown> | RegExp };
}

export interface PtyOptions {
  readonly columns: number;
  readonly rows: number;
  /** Given, each once, when its question is on the screen. */
  readonly answers?: readonly Answer[];
}

interface Answer {
  readonly question: RegExp;
  /** A line to type, or a signal to send instead. */
  readonly answer: string | { readonly signal: NodeJS.Signals };
}

export interface BuiltResult {
  /** As a shell has it: 128 + the number of the signal that ended the program. -1: the moment for `signal` never came. */
  readonly code: number;
  /** With a terminal: all that came to the screen. */
  readonly stdout: string;
  /** With a terminal: nothing, unless the program left the terminal's settings changed. */
  readonly stderr: string;
  /** Milliseconds from the start to the end of the process, and until its stdout closed. */
  readonly ms: number;
  /** Milliseconds from the signal, or the last answer, to the end. */
  readonly afterSignal: number;
  /** Milliseconds from the last byte on stdout or stderr to the end; from the start where nothing came. */
  readonly afterOutput: number;
  /** What came on stdout, and when: milliseconds after the start. */
  readonly chunks: readonly Chunk[];
}

export interface Chunk {
  readonly ms: number;
  readonly text: string;
}

/** The command line of the built program. */
export function builtProgram(argv: readonly string[]): [string, ...string[]] {
  requireFreshBuild();
  return [process.execPath, program, ...argv];
}

/** The command line of the built program on a terminal of its own. */
export function onTerminal({ columns, rows }: PtyOptions, argv: readonly string[]): string[] {
  return ["python3", ptyScript, String(columns), String(rows), ...builtProgram(argv)];
}

/** Runs the built program as a user does. Never rejects because of what it did. */
export function runBuilt(argv: readonly string[], options: BuiltOptions): Promise<BuiltResult> {
  requireFreshBuild();
  const { pty, under = [] } = options;
  const terminal = pty ? ["python3", ptyScript, String(pty.columns), String(pty.rows)] : [];
  const [file = "", ...args] = [...terminal, ...under, process.execPath, program, ...argv];
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  const child = spawn(file, args, {
    env: options.env,
    cwd: options.cwd ?? "/",
    stdio: [pty?.answers ? "pipe" : "ignore", "pipe", "pipe"],
  });
  const output = gather(child, elapsed);
  const limit = setTimeout(() => child.kill("SIGKILL"), options.limit ?? 60_000);
  let signalled = 0;
  const answer = (given: Answer["answer"]) => {
    signalled = elapsed();
    if (typeof given === "string") child.stdin?.write(`${given}\r`);
    else child.kill(given.signal);
  };
  type(child, pty?.answers ?? [], answer);
  const { signal } = options;
  let missed: string | undefined;
  if (signal)
    moment(child, signal.when).then(
      () => answer({ signal: signal.name }),
      // heard here: nobody else may listen, and a rejection that nobody hears fails the whole run of the tests
      (error: unknown) => {
        missed = `the moment for ${signal.name} never came: ${error}`;
        child.kill("SIGKILL");
      },
    );
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, ended) => {
      clearTimeout(limit);
      const ms = elapsed();
      const number = code ?? 128 + (ended ? constants.signals[ended] : 0);
      const { lastOutput, ...said } = output();
      const end = { code: number, ms, afterSignal: ms - signalled, afterOutput: ms - lastOutput, ...said };
      resolve(missed === undefined ? end : { ...end, code: -1, stderr: `${end.stderr}${missed}\n` });
    });
  });
}

interface Gathered extends Pick<BuiltResult, "stdout" | "stderr" | "chunks"> {
  readonly lastOutput: number;
}

function gather(child: ChildProcess, elapsed: () => number): () => Gathered {
  const chunks: Chunk[] = [];
  let stderr = "";
  let lastOutput = 0;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    lastOutput = elapsed();
    chunks.push({ ms: lastOutput, text });
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    lastOutput = elapsed();
    stderr += text;
  });
  return () => ({ stdout: chunks.map(({ text }) => text).join(""), stderr, chunks, lastOutput });
}

function moment({ stderr }: ChildProcess, when: Promise<unknown> | RegExp): Promise<unknown> {
  if (!(when instanceof RegExp)) return when;
  let said = "";
  return new Promise<void>((resolve) => {
    stderr?.on("data", (text: string) => {
      said += text;
      if (when.test(said)) resolve();
    });
  });
}

/** Gives the answers, each when its question has been asked. */
function type(child: ChildProcess, answers: readonly Answer[], give: (answer: Answer["answer"]) => void): void {
  let screen = "";
  const open = [...answers];
  child.stdin?.on("error", () => undefined);
  child.stdout?.on("data", (text: string) => {
    screen += text;
    const [next] = open;
    if (!next?.question.test(screen)) return;
    open.shift();
    screen = "";
    give(next.answer);
  });
}

/** Throws where the program was not built since its source changed: a test of yesterday's program proves nothing. */
export function requireFreshBuild(): void {
  const built = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const source = fileURLToPath(new URL("src/", root));
  const newer = readdirSync(source, { recursive: true, withFileTypes: true }).find(
    (entry) => entry.isFile() && statSync(`${entry.parentPath}/${entry.name}`).mtimeMs > built,
  );
  if (newer) throw new Error(`${newer.name} is newer than ${bundle.bin.mclu}: npm run build`);
}
