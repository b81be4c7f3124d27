import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuUsage } from "node:process";
import * as fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { fuzz } from "./fuzz.ts";
import { keep, keptInputs } from "./kept.ts";
import { must, target } from "./target.ts";
import { textOf } from "./text.ts";

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), "mclu-fuzz-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** A parser that a capital X breaks, unless it was mended. */
function fragile(mended: boolean) {
  return target({
    name: "fragile",
    about: "nothing",
    arbitrary: textOf(["X", "y"]),
    seeds: ["y"],
    parse: (text) => text,
    holds: (text) => must(mended || text.length > 1000 || !text.includes("X"), "an X"),
  });
}

it("keeps the smallest input that fails, says how to repeat it, and runs it first until it is mended", async () => {
  const directory = scratch();
  const options = { directory, runs: 2000, seed: 1 };
  await expect(fuzz(fragile(false), options)).rejects.toThrow(
    /fragile: Error: an X\ninput \d+; kept as .*; MCLU_FUZZ_SEED=1/,
  );
  expect(keptInputs("fragile", directory).map(({ input }) => input)).toEqual(["X"]);
  await expect(fuzz(fragile(false), { ...options, runs: 1 })).rejects.toThrow(/an X\n.*fragile.*\.json fails again/);
  const counts = await fuzz(fragile(true), options);
  expect(counts).toMatchObject({ kept: 1, seeds: 1, random: 2000 });
  expect(counts.large).toBeGreaterThan(50);
});

it("keeps a seed that fails too", async () => {
  const directory = scratch();
  await expect(fuzz({ ...fragile(false), seeds: ["X"] }, { directory, runs: 1 })).rejects.toThrow(/an X\nkept as/);
  expect(readdirSync(join(directory, "fragile"))).toHaveLength(1);
});

it("fails for an error that is not documented, and not for one that is", async () => {
  const spec = { name: "thrower", about: "", arbitrary: fc.constant("a"), seeds: ["a"], holds: () => undefined };
  const parse = () => {
    throw new RangeError("of the parser");
  };
  const options = { directory: scratch(), runs: 10 };
  await expect(fuzz(target({ ...spec, parse, errors: [Error] }), options)).rejects.toThrow("of the parser");
  expect(
    await fuzz(target({ ...spec, parse, errors: [RangeError] }), { ...options, directory: scratch() }),
  ).toMatchObject({ random: 10 });
});

it("fails where an input takes too long, as a quadratic reader does with the large ones", async () => {
  const slow = target({
    ...{ name: "slow", about: "", arbitrary: fc.constant("a"), seeds: ["a"], holds: () => undefined },
    parse(text) {
      const before = cpuUsage();
      while (text.length >= 100_000 && cpuUsage(before).user < 4_500_000);
    },
  });
  await expect(fuzz(slow, { directory: scratch(), runs: 1 })).rejects.toThrow(/took \d+ ms, of 4000/);
}, 120_000);

it("keeps texts, bytes, and what is made of them, as they are", () => {
  const directory = scratch();
  const inputs = [
    "\ud800\0\u{1f600}",
    Buffer.from([0, 255]),
    { texts: [["a"], []], code: 1 },
    [undefined, null, JSON.parse('{"__proto__":"x"}')],
    `head${"ab".repeat(200_000)}${"\n".repeat(100_000)}tail`,
  ];
  for (const input of inputs) {
    const file = keep("all", input, directory);
    const kept = keptInputs("all", directory).find((each) => each.file === file);
    expect(kept?.input).toEqual(input);
  }
});
