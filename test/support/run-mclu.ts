import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { main } from "../../src/main.ts";
import { type MemoryTerminalOptions, memoryTerminal } from "./memory-terminal.ts";

export interface RunOptions extends MemoryTerminalOptions {
  /** Text of mclu.conf; absent: there is none. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory that goes away with the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "mclu-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The whole program in memory: arguments in; both streams and the exit code out. Its home is an empty directory. */
export async function runMclu(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const home = temporaryDirectory();
  const terminal = memoryTerminal(options);
  const env: Record<string, string | undefined> = { HOME: home, PATH: process.env.PATH, ...options.env };
  if (options.config !== undefined) {
    env.MCLU_CONFIG = join(home, "mclu.conf");
    writeFileSync(env.MCLU_CONFIG, options.config);
  }
  const signal = options.signal ?? new AbortController().signal;
  const code = await main({ argv, env, cwd: home, terminal, signal });
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}
