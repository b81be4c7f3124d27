import { readdirSync, readFileSync } from "node:fs";
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

it("each message in it is one that mclu says: beside its names and numbers it is a line of src/", () => {
  const files = readdirSync(new URL("../../src", import.meta.url), { recursive: true, encoding: "utf8" });
  const source = files.flatMap((file) => (file.endsWith(".ts") ? [read(`src/${file}`)] : [])).join("\n");
  const [, table = ""] = read("docs/troubleshooting.md").split("## Commands");
  const cells = [...table.matchAll(/^\| ([^|]+)\|/gm)].map(([, cell = ""]) => cell);
  const messages = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, message = ""]) => message));
  expect(messages.length).toBeGreaterThan(15);
  const unknown = messages.filter((message) => !new RegExp(literalParts(message).join(".*")).test(source));
  expect(unknown).toEqual([]);
});

/** A message without what differs from case to case, which src/ has as `${...}`. */
function literalParts(message: string): readonly string[] {
  const parts = message.split(/(?:ham\d\/)?web\d|ham\d|debian12|\d+/);
  return parts.map((part) => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).filter((part) => part !== "");
}
