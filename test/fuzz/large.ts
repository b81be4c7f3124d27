import type { AnyTarget } from "./target.ts";
import { hostileRuns } from "./text.ts";

/** Characters: enough for a quadratic reader to take seconds, at little cost for the others. */
const probe = 100_000;
const megabyte = 1_000_000;

/**
 * Inputs of something repeated: each of `hostileRuns` at several lengths and places of the seeds (what backtracks needs the
 * right beginning, and an end that fails), some of them a megabyte long. Places are chosen by the seed of the run.
 */
export function largeInputs(target: AnyTarget, seed: number): unknown[] {
  const make = target.large ?? ((repeated, length) => insertions(target.seeds, repeated, length, seed));
  return hostileRuns.flatMap((repeated, index) => {
    // every run at a megabyte once in a while, four of them in every run
    const isLong = (index + seed) % Math.ceil(hostileRuns.length / 4) === 0;
    return [...make(repeated, probe), ...(isLong ? make(repeated, megabyte) : [])];
  });
}

function insertions(seeds: readonly unknown[], repeated: string, length: number, seed: number): unknown[] {
  const run = repeated.repeat(Math.ceil(length / repeated.length));
  const host = seeds[(seed + repeated.length) % seeds.length];
  if (typeof host === "string") {
    const place = (seed * 7919 + repeated.charCodeAt(0) * 104_729) % (host.length + 1);
    return [run, `${run}!`, host.slice(0, place) + run + host.slice(place)];
  }
  if (host instanceof Uint8Array) {
    const bytes = Buffer.from(run);
    const place = (seed * 7919) % (host.length + 1);
    return [bytes, Buffer.concat([host.subarray(0, place), bytes, host.subarray(place)])];
  }
  throw new Error("a target whose seeds are neither texts nor bytes makes its own large inputs");
}
