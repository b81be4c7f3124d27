import { describe, expect, it } from "vitest";
import { compareFaults, renderFaults } from "../../scripts/fault-table.mjs";

const record = (fault: string, more: object = {}) => ({
  group: "The network",
  fault,
  command: "mclu status ham1",
  shown: "ham1  failed: refused\n  try: ssh ham1 | cat",
  reason: "refused",
  hint: "ssh ham1 | cat",
  code: 5,
  ms: 1234,
  ...more,
});
const records = [record("refused"), record("dropped"), record("a | in the name", { group: "Names" })];
const page = renderFaults(records, "some machine.");

describe("renderFaults", () => {
  it("is one table for each group, in alphabetical order, each line of the screen as code", () => {
    expect(page.match(/^## .*/gm)).toEqual(["## Names", "## The network"]);
    expect(page.match(/^\| (?!fault|---).*/gm)).toEqual([
      expect.stringMatching(/^\| a \\\| in the name \| /),
      expect.stringMatching(/^\| dropped \| /),
      "| refused | ``mclu status ham1`` | ``ham1  failed: refused``<br>``  try: ssh ham1 \\| cat`` | refused | ``ssh ham1 \\| cat`` | 5 | 1.2 |",
    ]);
    expect(page).toContain("\n3 ways");
    expect(page).toContain("some machine.");
  });

  it("does not depend on the order of the records", () => {
    expect(renderFaults([...records].reverse(), "some machine.")).toBe(page);
  });
});

describe("compareFaults", () => {
  it("finds nothing where only times, words and the machine differ", () => {
    expect(compareFaults(page, records, 3)).toEqual([]);
    const later = records.map((each) => ({ ...each, ms: 98_765, shown: "other | words" }));
    expect(compareFaults(renderFaults(later, "another one"), records, 3)).toEqual([]);
  });

  it.each([
    ["the reason", { reason: "lost" }],
    ["the exit code", { code: 0 }],
    ["the command", { command: "mclu list" }],
  ])("names the fault where %s differs", (_what, change) => {
    const complaints = compareFaults(page, [...records.slice(1), record("refused", change)], 3);
    expect(complaints).toEqual([expect.stringMatching(/^The network: refused\n {2}documented: .*\n {2}this run: {3}/)]);
  });

  it("names rows that were not run, and runs that have no row", () => {
    expect(compareFaults(page, [...records.slice(1), record("frozen")], 3)).toEqual([
      "documented, but not survived in this run: The network: refused",
      "not in docs/faults.md: The network: frozen",
    ]);
  });

  it("wants as many rows as promised", () => {
    expect(compareFaults(page, records, 4)).toEqual(["3 rows, expected at least 4"]);
    expect(compareFaults(page, records)).toEqual(["3 rows, expected at least 60"]);
  });
});
