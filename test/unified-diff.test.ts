import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unifiedDiff } from "../src/unified-diff.ts";

/** What `patch` does, without looking around for the place. */
function patch(before: readonly string[], difference: string): string[] {
  const after = [...before];
  let at = 0;
  for (const line of difference.split("\n").slice(0, -1)) {
    const head = /^@@ -\d+,\d+ \+(\d+),\d+ @@$/.exec(line);
    if (head) at = Number(head[1]) - 1;
    else if (line.startsWith("+")) after.splice(at++, 0, line.slice(1));
    else {
      if (after[at] !== line.slice(1)) throw new Error(`line ${at + 1} is not ${line}`);
      if (line.startsWith("-")) after.splice(at, 1);
      else at++;
    }
  }
  return after;
}

describe("unifiedDiff", () => {
  it("shows three lines around a change, each change once", () => {
    const before = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);
    const after = before.with(9, "other");
    expect(unifiedDiff(before, after)).toBe(
      "@@ -7,7 +7,7 @@\n line 7\n line 8\n line 9\n-line 10\n+other\n line 11\n line 12\n line 13\n",
    );
    expect(unifiedDiff(before, before)).toBe("");
  });

  it("makes the second of the first, whatever they are", () => {
    const lines = fc.array(fc.constantFrom("a", "b", "c", "<x/>", "@@"), { maxLength: 30 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        expect(patch(before, unifiedDiff(before, after))).toEqual(after);
      }),
    );
  });

  it("gives up on the single lines of what has nothing in common, and not on the whole", () => {
    const [before, after] = ["a", "b"].map((name) => Array.from({ length: 3000 }, (_, index) => `${name}${index}`));
    expect(patch(before ?? [], unifiedDiff(before ?? [], after ?? []))).toEqual(after);
  });
});
