import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesPattern, matchesPatternList } from "../../../src/node/ssh/pattern.ts";

describe("OpenSSH's wildcards", () => {
  it("mean what the same regular expression means", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(letters, pattern, (text, wildcards) => {
        const source = wildcards.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
        expect(matchesPattern(text, wildcards)).toBe(new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("do not blow up on many stars", () => {
    expect(matchesPattern("a".repeat(2000), `${"*a".repeat(500)}b`)).toBe(false);
  });
});

describe("a list of patterns", () => {
  it.each([
    ["a", "a", true],
    ["a", "b,A", true],
    ["a", "*,!a", false],
    ["a", "!a,*", false],
    ["b", "*,!a", true],
    ["b", "!a", false],
    ["a", `a,${"x".repeat(1023)}`, false],
  ])("%s against %s", (text, patterns, expected) => {
    expect(matchesPatternList(text, patterns)).toBe(expected);
  });
});
