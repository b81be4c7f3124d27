import { randomInt } from "node:crypto";
import { cpuUsage } from "node:process";
import fc from "fast-check";
import { failuresDirectory, keep, keptInputs } from "./kept.ts";
import { largeInputs } from "./large.ts";
import type { AnyTarget } from "./target.ts";
import { watch } from "./watchdog.ts";

/** Inputs for each target. `MCLU_FUZZ_RUNS` may raise it, and nothing lowers it. */
export const runs = Math.max(100_000, Number(process.env["MCLU_FUZZ_RUNS"] ?? 0) || 0);

/** Milliseconds of the processor that one input may take: those of a quadratic reader of the large ones take far more. */
const timeLimits = { small: 2_000, large: 4_000, megabyte: 15_000 };

interface FuzzOptions {
  readonly runs?: number;
  readonly seed?: number;
  readonly directory?: string;
}

export interface FuzzCounts {
  readonly kept: number;
  readonly seeds: number;
  readonly large: number;
  readonly random: number;
}

/**
 * Runs a target: first what made it fail once, then its seeds, large inputs, and random ones. Rejects at the first input that
 * fails, once it is kept; the message has the seed (`MCLU_FUZZ_SEED`) and the file.
 */
export async function fuzz(target: AnyTarget, options: FuzzOptions = {}): Promise<FuzzCounts> {
  const { directory = failuresDirectory } = options;
  const { seed = Number(process.env["MCLU_FUZZ_SEED"] ?? randomInt(2 ** 31)) } = options;
  const kept = keptInputs(target.name, directory);
  const large = largeInputs(target, seed);
  const heart = watch(`${target.name}, MCLU_FUZZ_SEED=${seed}`);
  const ran = { kept: 0, seeds: 0, large: 0, random: 0 };
  const run = (input: unknown, kind: keyof FuzzCounts) => {
    heart.beat();
    timed(target, input, kind === "seeds" ? timeLimits.small : timeLimits[isLong(input) ? "megabyte" : "large"]);
    ran[kind]++;
  };
  try {
    for (const { file, input } of kept)
      failing(
        () => run(input, "kept"),
        () => `${file} fails again`,
      );
    const keepIt = (input: unknown) => `kept as ${keep(target.name, input, directory)}; MCLU_FUZZ_SEED=${seed}`;
    for (const input of target.seeds)
      failing(
        () => run(input, "seeds"),
        () => keepIt(input),
      );
    for (const input of large)
      failing(
        () => run(input, "large"),
        () => keepIt(input),
      );
    const parameters = { seed, numRuns: options.runs ?? runs };
    const details = fc.check(
      propertyOf(target, () => heart.beat(ran.random++)),
      parameters,
    );
    if (details.failed) {
      const [input] = details.counterexample ?? [];
      const cause = details.errorInstance;
      throw new Error(`${target.name}: ${String(cause)}\ninput ${details.numRuns}; ${keepIt(input)}`, { cause });
    }
  } finally {
    heart.stop();
  }
  return ran;
}

/** More than some hundred thousand characters: a million lines that are each an error take their time. */
function isLong(input: unknown): boolean {
  return JSON.stringify(input).length > 500_000;
}

function failing(run: () => void, where: () => string): void {
  try {
    run();
  } catch (error) {
    throw new Error(`${String(error)}\n${where()}`, { cause: error });
  }
}

function propertyOf(target: AnyTarget, onRun: () => void) {
  return fc.property(target.arbitrary, (input) => {
    onRun();
    timed(target, input, timeLimits.small);
  });
}

/** The processor's time and not the clock's: a machine that others use is no slow parser. */
function timed(target: AnyTarget, input: unknown, limit: number): void {
  const before = cpuUsage();
  target.run(input);
  const { user, system } = cpuUsage(before);
  const took = (user + system) / 1000;
  if (took > limit) throw new Error(`took ${took.toFixed(0)} ms, of ${limit} that it may`);
}
