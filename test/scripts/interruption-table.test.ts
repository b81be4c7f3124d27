import { describe, expect, it } from "vitest";
import { compareInterruptions, interruptions, renderInterruptions, stages } from "../../scripts/interruption-table.mjs";

const records = interruptions.flatMap((interruption) =>
  stages.map((stage) => ({ stage, interruption, holds: "nothing", removed: 0, code: 130, shown: "a | b\nc" })),
);
const page = renderInterruptions(records);
const changed = (change: object) => records.map((each, index) => (index === 1 ? { ...each, ...change } : each));

describe("docs/interruptions.md", () => {
  it("has a table for each interruption, its stages in their order", () => {
    expect(page.match(/^## .*/gm)).toEqual(interruptions.map((kind) => `## ${kind}`));
    expect(page.match(/^\| (?!stage|---)/gm)).toHaveLength(36);
    expect(page).toContain("\n| build | nothing |  | 130 | ``a \\| b``<br>``c`` |\n| fetch |");
    expect(renderInterruptions([...records].reverse())).toBe(page);
    for (const word of [...stages, ...interruptions])
      expect(page.replaceAll(/\s+/g, " ")).toMatch(new RegExp(`\\*\\*${word}\\*\\*[:;]? `));
  });

  it("is compared in all but its words", () => {
    expect(compareInterruptions(page, changed({ shown: "other words" }))).toEqual([]);
    for (const change of [{ holds: "rest" }, { removed: 2 }, { code: 1 }])
      expect(compareInterruptions(page, changed(change))).toEqual([expect.stringMatching(/^connection cut: build\n/)]);
    expect(compareInterruptions(page, records.slice(1))).toEqual([
      "documented, but not survived in this run: connection cut: upload",
    ]);
    expect(compareInterruptions("", records)).toHaveLength(36);
  });
});
