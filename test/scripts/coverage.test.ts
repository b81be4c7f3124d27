import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compareCoverage, type FileCoverage, type Gap, gapsOf, readExceptions } from "../../scripts/coverage-check.mjs";

const source = `function called(a) {
  if (a) return 1;
  return a ?? 2;
}
function uncalled() {
  return b ? () => 1 : 2;
}
`;
const at = (line: number, from: number, to: number) => ({
  start: { line, column: from },
  end: { line, column: to },
});
const coverage: FileCoverage = {
  fnMap: {
    0: { decl: at(1, 9, 15), loc: { start: { line: 1, column: 0 }, end: { line: 4, column: 1 } } },
    1: { decl: at(5, 9, 17), loc: { start: { line: 5, column: 0 }, end: { line: 7, column: null } } },
    2: { decl: at(6, 13, 20), loc: at(6, 13, 20) },
  },
  f: { 0: 3, 1: 0, 2: 0 },
  branchMap: {
    0: { type: "if", loc: at(2, 2, 18), locations: [at(2, 2, 18), { start: {}, end: {} }] },
    1: { type: "binary-expr", loc: at(3, 9, 15), locations: [at(3, 9, 10), at(3, 14, 15)] },
    2: { type: "cond-expr", loc: at(6, 9, 24), locations: [at(6, 13, 20), at(6, 23, 24)] },
  },
  b: { 0: [3, 0], 1: [3, 0], 2: [0, 0] },
};
const gaps = gapsOf("src/a.ts", coverage, source);

describe("gapsOf", () => {
  it("names each line with a branch that was not taken, and of an uncalled function its first line alone", () => {
    expect(gaps).toEqual([
      { file: "src/a.ts", line: 2, text: "if (a) return 1;", what: ["the way past an if"] },
      { file: "src/a.ts", line: 3, text: "return a ?? 2;", what: ["operand 2 of a chain"] },
      { file: "src/a.ts", line: 5, text: "function uncalled() {", what: ["a function"] },
    ]);
  });

  it("names what is in an uncalled function where that is asked for", () => {
    const what = ["a function", "the first of `? :`", "the second of `? :`"];
    const last = { file: "src/a.ts", line: 6, text: "return b ? () => 1 : 2;", what };
    expect(gapsOf("src/a.ts", coverage, source, { within: true })).toEqual([...gaps, last]);
  });

  it("finds nothing where all of it ran", () => {
    const all = { ...coverage, f: { 0: 1, 1: 1, 2: 1 }, b: { 0: [1, 1], 1: [1, 1], 2: [1, 1] } };
    expect(gapsOf("src/a.ts", all, source)).toEqual([]);
  });
});

const listed = `# why
src/a.ts
  test/fleet/a.test.ts: two nodes
    if (a) return 1;
    return a ?? 2;
  cannot happen
    function uncalled() {
`;
const read = (file: string) => ({ "src/a.ts": source, "test/fleet/a.test.ts": "" })[file];
const inner = gapsOf("src/a.ts", coverage, source, { within: true }).filter(({ line }) => line === 6);
const compare = (text: string, unit = gaps, both?: readonly Gap[]) =>
  compareCoverage({ unit, within: [...unit, ...inner], ...(both && { both }) }, readExceptions(text), read);

describe("compareCoverage", () => {
  it("is content where every gap is listed", () => {
    expect(compare(listed)).toEqual([]);
  });

  it("names a gap that is not listed, and what to write where", () => {
    const [complaint, ...advice] = compare(listed.replace("    return a ?? 2;\n", ""));
    expect(complaint).toBe("src/a.ts:3: no unit test executes operand 2 of a chain: return a ?? 2;");
    expect(advice.join("\n")).toContain("src/a.ts\n  test/fleet/NAME.test.ts: WHAT ITS TEST DOES\n    return a ?? 2;");
  });

  it("wants a line listed as often as it is open", () => {
    const twice = [...gaps, ...gaps.slice(0, 1)];
    expect(compare(listed, twice)[0]).toMatch(/^src\/a\.ts:2: no unit test executes/);
    expect(compare(listed.replace("    if (a) return 1;\n", "$&$&"), twice)).toEqual([]);
  });

  it("names what is listed and executed now, or gone, unless it is executed only sometimes", () => {
    expect(compare(listed, gaps.slice(1))[0]).toBe("src/a.ts: listed, but executed now, take it out: if (a) return 1;");
    const gone = listed.replace("function uncalled", "function removed");
    expect(compare(gone)).toContain("src/a.ts: listed, but not in the file, take it out: function removed() {");
    expect(compare(listed.replace("cannot happen", "sometimes: a race"), gaps.slice(0, 2))).toEqual([]);
  });

  it("lets a line of a function that no unit test calls be listed", () => {
    expect(compare(`${listed}    return b ? () => 1 : 2;\n`)).toEqual([]);
  });

  it("names what the cluster does not execute either, unless the reason is that nothing can", () => {
    const [if1, , uncalled] = gaps;
    if (!if1 || !uncalled) throw new Error("three gaps");
    expect(compare(listed, gaps, [uncalled])).toEqual([]);
    const [complaint, ...advice] = compare(listed, gaps, [if1, uncalled]);
    expect(complaint).toBe(
      "src/a.ts:2: neither a unit test nor the cluster executes the way past an if: if (a) return 1;",
    );
    expect(advice.join("\n")).toContain("src/a.ts\n  WHY NOTHING CAN EXECUTE IT\n    if (a) return 1;");
  });

  it("names what the cluster leaves out of a function that it alone calls", () => {
    const text = listed.replace("cannot happen", "test/fleet/a.test.ts: calls it");
    expect(compare(text, gaps, inner)[0]).toMatch(/^src\/a\.ts:6: neither a unit test nor the cluster/);
    expect(compare(`${text}  cannot happen\n    return b ? () => 1 : 2;\n`, gaps, inner)).toEqual([]);
  });

  it("wants a test that a reason names to be there", () => {
    expect(compare(listed.replace("a.test.ts", "b.test.ts"))[0]).toMatch(/a reason names test\/fleet\/b\.test\.ts/);
  });
});

describe("readExceptions", () => {
  it.each([
    "    line without a file",
    "  reason without a file",
    "src/a.ts\n    line without a reason",
    "src/a.ts\n   x",
  ])("refuses %j", (text) => {
    expect(() => readExceptions(text)).toThrow(/^line \d is no file/);
  });

  it("understands the list that is in use", () => {
    const text = readFileSync(new URL("../coverage-exceptions.txt", import.meta.url), "utf8");
    for (const { file, reason } of readExceptions(text)) {
      expect(file).toMatch(/^src\/(?:operations|template|libvirt)\//);
      expect(reason).not.toMatch(/NAME\.test\.ts|WHAT ITS TEST|WHY NOTHING CAN|^open:/);
    }
  });
});
