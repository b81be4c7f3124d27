import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "vitest";
import { slack } from "../fleet/fleet-user.ts";
import type { BuiltResult } from "../support/run-built.ts";
import { type Bench, type BenchRun, type Survived, wideTerminal } from "./bench.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Both signals end the program, with 130, no word and within a second and a half.
 * @param when resolves when the program is where it is to be interrupted
 */
export async function interrupt(
  bench: Bench,
  argv: readonly string[],
  when: Promise<unknown>,
  options: BenchRun = {},
): Promise<Survived> {
  const [result, other] = await Promise.all(
    signals.map((name) => bench.mclu(argv, { lingers: 20_000, ...options, signal: { name, when } })),
  );
  return { argv, result: expectInterrupted(result, other) };
}

/** The same at a question, on a terminal whose settings must be as before; Ctrl-C typed there is one more way. */
export async function interruptAt(bench: Bench, argv: readonly string[], question: RegExp): Promise<Survived> {
  const [result, ...others] = await Promise.all(
    ["\x03", ...signals.map((signal) => ({ signal }))].map((answer) =>
      bench.mclu(argv, { lingers: 2000, pty: { ...wideTerminal, answers: [{ question, answer }] } }),
    ),
  );
  return { argv, result: expectInterrupted(result, ...others) };
}

/** Gives the first of them. */
function expectInterrupted(...results: readonly (BuiltResult | undefined)[]): BuiltResult {
  for (const result of results) {
    expect([result?.code, result?.stderr]).toEqual([130, ""]);
    expect(result?.afterSignal).toBeLessThan(1500 * slack);
  }
  const [first] = results;
  if (!first) throw new Error("nothing was run");
  return first;
}

/** Resolves when a shell command here succeeds. */
export const until = (condition: string) =>
  promisify(execFile)("timeout", ["20", "sh", "-c", `until ${condition}; do sleep 0.05; done`]);
