import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** Messages without a hint, by their texts in src/. */
const complete = read("test/docs/messages.txt")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

it("every error says what to type next, or stands among those that say it themselves", () => {
  const files = readdirSync(new URL("../../src", import.meta.url), { recursive: true, encoding: "utf8" });
  const calls = files.flatMap((file) => (file.endsWith(".ts") ? argumentsOf(read(`src/${file}`)) : []));
  expect(calls.length).toBeGreaterThan(100);
  const bare = calls.filter((text) => !/\bhint\b/.test(text)).map((text) => firstOf(text));
  expect(bare.sort()).toEqual([...complete].sort());
});

/** What stands between the parentheses of each `new UserError(...)`. */
function argumentsOf(source: string): readonly string[] {
  return [...source.matchAll(/new UserError\(/g)].map(({ index, 0: begin }) => {
    const from = index + begin.length;
    return source.slice(from, endOf(source, from, ")"));
  });
}

/** The first argument, without the line breaks of the formatter. */
function firstOf(text: string): string {
  return text.slice(0, endOf(text, 0, ",")).trim();
}

/** Where the first `closing` stands that no string and no parentheses are around, or the end. */
function endOf(text: string, from: number, closing: string): number {
  const open: string[] = [];
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? "";
    const within = open.at(-1);
    const isString = within === '"' || within === "`";
    if (isString && char === "\\") at++;
    else if (within === "`" && char === "$" && text[at + 1] === "{") open.push(text[++at] ?? "");
    else if (isString) {
      if (char === within) open.pop();
    } else if (open.length === 0 && char === closing) return at;
    else if ('"`([{'.includes(char)) open.push(char);
    else if (")]}".includes(char)) open.pop();
  }
  return text.length;
}
