import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

it("docs/troubleshooting.md has a heading for each reason that a node fails for, and no others", () => {
  const [, union = ""] = /type FailureReason =([^;]+);/.exec(read("src/node/failure.ts")) ?? [];
  const reasons = [...union.matchAll(/"([a-z-]+)"/g)].map(([, reason]) => reason);
  expect(reasons.length).toBeGreaterThan(10);
  const headings = [...read("docs/troubleshooting.md").matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(reasons);
});

it("every reason in it was made to happen", () => {
  const tried = new Set([...read("docs/faults.md").matchAll(/ failed: ([a-z-]+)/g)].map(([, reason]) => reason));
  const headings = [...read("docs/troubleshooting.md").matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
  expect(headings.filter((reason) => !tried.has(reason))).toEqual([]);
});
