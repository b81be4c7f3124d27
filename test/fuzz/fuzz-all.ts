import { expect, it } from "vitest";
import { fuzz, runs } from "./fuzz.ts";
import { keptInputs } from "./kept.ts";
import type { AnyTarget } from "./target.ts";

/** A test for each target, which counts what it ran. */
export function fuzzAll(targets: readonly AnyTarget[]): void {
  it.each(targets.map((target) => [target.name, target] as const))("%s", { timeout: 300_000 }, async (_, target) => {
    const counts = await fuzz(target);
    expect(counts.random).toBe(runs);
    expect(counts.kept).toBe(keptInputs(target.name).length);
    expect(counts.seeds).toBeGreaterThan(0);
    expect(counts.large).toBeGreaterThan(50);
  });
}
