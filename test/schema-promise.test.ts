import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type PublishedSchema, requiredPaths } from "./support/schema-paths.ts";

const read = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");
const published = JSON.parse(read("../schema/mclu.schema.json")) as PublishedSchema;
/** What was promised: a line leaves it only with another number in `schema`. */
const promised = read("schema-1.txt")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

it("no document of schema 1 loses a field that is promised, nor changes its type", () => {
  const there = new Set(requiredPaths(published));
  expect(promised.filter((line) => !there.has(line))).toEqual([]);
  for (const { $ref } of published.oneOf)
    expect(published.$defs[$ref.replace("#/$defs/", "")]?.properties?.["schema"]).toEqual({ const: 1 });
});

it("test/schema-1.txt has every field that is promised by now, sorted", () => {
  expect(requiredPaths(published).filter((line) => !promised.includes(line))).toEqual([]);
  expect(promised).toEqual([...promised].sort());
});

it("tells forms by what they alone say, and notices what goes away or becomes something else", () => {
  const form = (free: string, ...states: readonly string[]) => ({
    type: "object",
    required: ["state", "free"],
    properties: { state: { enum: states }, free: { type: [free, "null"] }, more: { type: "string" } },
  });
  const paths = (...forms: readonly object[]) =>
    requiredPaths({
      oneOf: [{ $ref: "#/$defs/list" }],
      $defs: { list: { required: ["nodes"], properties: { nodes: { type: "array", items: { oneOf: forms } } } } },
    });
  const before = paths(form("integer", "on"), form("string", "off"), { type: "null" });
  expect(before).toEqual([
    "list .nodes array",
    "list .nodes[] null|object",
    "list .nodes[](state=off).free null|string",
    "list .nodes[](state=off).state string",
    "list .nodes[](state=on).free integer|null",
    "list .nodes[](state=on).state string",
  ]);
  const lost = (...forms: readonly object[]) => before.filter((line) => !paths(...forms).includes(line));
  // another value takes nothing away
  expect(lost(form("integer", "on", "paused"), form("string", "off"), { type: "null" })).toEqual([]);
  expect(lost({ ...form("integer", "on"), required: ["state"] }, form("number", "off"), { type: "null" })).toEqual([
    "list .nodes[](state=off).free null|string",
    "list .nodes[](state=on).free integer|null",
  ]);
});
