import { randomInt } from "node:crypto";
import fc from "fast-check";
import { failuresDirectory, keep, keptInputs } from "./kept.ts";
import { largeInputs } from "./large.ts";
import type { AnyTarget } from "./target.ts";
import { watch } from "./watchdog.ts";

/** Inputs for each target. `MCLU_FUZZ_RUNS` may raise it, and nothing lowers it. */
export const runs = Math.max(100_000, Number(process.env["MCLU_FUZZ_RUNS"] ?? 0) || 0);

/** Milliseconds that one input may take on a busy machine: those of a quadratic reader of the large ones take far more. */
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
  const run = async (input: unknown, kind: keyof FuzzCounts) => {
    heart.beat();
    await timed(target, input, kind === "seeds" ? timeLimits.small : timeLimits[isLong(input) ? "megabyte" : "large"]);
    ran[kind]++;
  };
  try {
    for (const { file, input } of kept)
      await failing(
        () => run(input, "kept"),
        () => `${file} fails again`,
      );
    const keepIt = (input: unknown) => `kept as ${keep(target.name, input, directory)}; MCLU_FUZZ_SEED=${seed}`;
    for (const input of target.seeds)
      await failing(
        () => run(input, "seeds"),
        () => keepIt(input),
      );
    for (const input of large)
      await failing(
        () => run(input, "large"),
        () => keepIt(input),
      );
    const parameters = { seed, numRuns: options.runs ?? runs };
    const details = await fc.check(
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

async function failing(run: () => Promise<void>, where: () => string): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new Error(`${String(error)}\n${where()}`, { cause: error });
  }
}

/** Synchronous where the target is: a promise for each of a hundred thousand inputs costs more than most parsers. */
function propertyOf(target: AnyTarget, onRun: () => void) {
  const arbitrary = target.arbitrary;
  const limit = timeLimits.small;
  if (target.asynchronous)
    return fc.asyncProperty(arbitrary, async (input) => {
      onRun();
      await timed(target, input, limit);
    });
  return fc.property(arbitrary, (input) => {
    onRun();
    const started = performance.now();
    target.run(input);
    checkTime(started, limit);
  });
}

async function timed(target: AnyTarget, input: unknown, limit: number): Promise<void> {
  const started = performance.now();
  await target.run(input);
  checkTime(started, limit);
}

function checkTime(started: number, limit: number): void {
  const took = performance.now() - started;
  if (took > limit) throw new Error(`took ${took.toFixed(0)} ms, of ${limit} that it may`);
}
