import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { BuiltCounts } from "../../scripts/built-counts.mjs";
import { addExecuted, readBuilt } from "../../scripts/built-coverage.mjs";
import { type FileCoverage, gapsOf } from "../../scripts/coverage-check.mjs";
import { temporaryDirectory } from "../support/run-mclu.ts";

const source = `import { never } from "./late.ts";
const first = (word: string) => word === "a" ? 1 : 2;
export async function run(words: readonly string[]): Promise<number> {
  const sums = words.map((word) => first(word) + (word === "b" ? 1 : 0));
  if (words.length > 5) return never();
  const { more } = await import("./late.ts");
  return sums.length + more(words.length);
}
run(process.argv.slice(2));
`;
const late = `export const never = () => 0;
export function more(n: number): number {
  return n > 1 ? n : -n;
}
`;

/** Builds a program as build.mjs does, and gives what runs it as boot.ts does. */
async function program(directory: string) {
  mkdirSync(join(directory, "src"));
  mkdirSync(join(directory, "dist"));
  writeFileSync(join(directory, "src/main.ts"), source);
  writeFileSync(join(directory, "src/late.ts"), late);
  const outfile = join(directory, "dist/program.cjs");
  await build({
    ...{ entryPoints: [join(directory, "src/main.ts")], outfile, bundle: true, platform: "node", format: "cjs" },
    ...{ supported: { "dynamic-import": false }, sourcemap: "external", logLevel: "error" },
  });
  const boot = `const { readFileSync } = require("node:fs");
const text = readFileSync(${JSON.stringify(outfile)}, "utf8");
const script = new (require("node:vm").Script)(\`(function (exports, require, module) {\${text}\\n})\`, { filename: ${JSON.stringify(outfile)} });
script.runInThisContext()({}, require, {});`;
  writeFileSync(join(directory, "boot.cjs"), boot);
  const counts = join(directory, "counts");
  mkdirSync(counts);
  const run = (...words: string[]) =>
    execFileSync(process.execPath, [join(directory, "boot.cjs"), ...words], { env: { NODE_V8_COVERAGE: counts } });
  return { outfile, counts, run };
}

describe("what runs of the built program executed", () => {
  it("is found in the source, of all runs together, and their files are gone", async () => {
    const directory = temporaryDirectory();
    const { outfile, counts, run } = await program(directory);
    const sum = new BuiltCounts(counts);
    run("a");
    sum.gather();
    expect(readdirSync(counts)).toEqual([]);
    run("c", "d");
    writeFileSync(join(counts, "half.json"), '{"result":[');
    sum.write(join(directory, "sum.json"));
    expect(readdirSync(counts)).toEqual(["half.json"]);
    const built = await readBuilt(join(directory, "sum.json"), outfile);
    const open = (name: string, text: string) =>
      gapsOf(
        name,
        addExecuted(nothing(built[join(directory, "src", name)]), built[join(directory, "src", name)]),
        text,
      );
    expect(open("main.ts", source)).toEqual([
      { file: "main.ts", line: 4, text: expect.any(String), what: ["the first of `? :`"] },
      { file: "main.ts", line: 5, text: expect.any(String), what: ["what an if guards"] },
    ]);
    expect(open("late.ts", late)).toMatchObject([{ line: 1, what: ["a function"] }]);
  });

  it("is nothing where nothing ran", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "counts"));
    new BuiltCounts(join(directory, "counts")).write(join(directory, "sum.json"));
    expect(JSON.parse(readFileSync(join(directory, "sum.json"), "utf8"))).toEqual([]);
    expect(await readBuilt(join(directory, "sum.json"))).toEqual({});
  });
});

/** The same places, none of them executed, as a report of the unit tests has them. */
function nothing(coverage: FileCoverage | undefined): FileCoverage {
  if (!coverage) return expect.fail("no such file in the program");
  const isOurs = ({ start }: { readonly start: { readonly line?: number; readonly column?: number | null } }) =>
    start.line !== 1 || start.column !== 0;
  const functions = Object.entries(coverage.fnMap).filter(([, { loc }]) => isOurs(loc));
  return {
    fnMap: Object.fromEntries(functions),
    f: Object.fromEntries(functions.map(([key]) => [key, 0])),
    branchMap: coverage.branchMap,
    b: Object.fromEntries(Object.entries(coverage.b).map(([key, sides]) => [key, sides.map(() => 0)])),
  };
}

describe("addExecuted", () => {
  const at = (line: number, column: number) => ({ start: { line, column }, end: { line, column: column + 1 } });
  const branch = (line: number, column: number) => ({
    type: "if",
    loc: at(line, column),
    locations: [at(line, 1), {}],
  });
  const of = (places: readonly (readonly [number, number])[], b: FileCoverage["b"]) =>
    ({
      fnMap: {},
      f: {},
      b,
      branchMap: Object.fromEntries(places.map((place, key) => [key, branch(...place)])),
    }) as FileCoverage;

  it("adds counts by order, where lines and columns were shifted and branches moved", () => {
    const unit = of(
      [
        [3, 2],
        [9, 4],
      ],
      { 0: [1, 0], 1: [0, 0] },
    );
    const built = of(
      [
        [9, 0],
        [2, 7],
      ],
      { 0: [0, 5], 1: [2, 2] },
    );
    expect(addExecuted(unit, built).b).toEqual({ 0: [3, 2], 1: [0, 5] });
    expect(unit.b).toEqual({ 0: [1, 0], 1: [0, 0] });
  });

  it("adds nothing where the program has other branches, or no such file", () => {
    const unit = of(
      [
        [3, 2],
        [9, 4],
      ],
      { 0: [1, 0], 1: [0, 0] },
    );
    expect(addExecuted(unit, of([[3, 2]], { 0: [4, 4] })).b).toEqual(unit.b);
    expect(addExecuted(unit, undefined)).toBe(unit);
  });
});
