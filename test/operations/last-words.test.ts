import { expect, it } from "vitest";
import { lastWords } from "../../src/operations/last-words.ts";

const said = (...lines: readonly string[]) => {
  const words = lastWords();
  for (const line of lines)
    words.hear(line === "[next]" ? { kind: "stage", name: "next", at: 1 } : { kind: "log", line });
  return words.line;
};

it.each<[string, readonly string[], string | undefined]>([
  ["nothing of a job that said nothing", [], undefined],
  ["the last line", ["one", "two"], "two"],
  [
    "the error before the advice",
    ["virt-builder: error: no", "If reporting bugs, ...", "  virt-builder -v"],
    "virt-builder: error: no",
  ],
  [
    "what a script said that failed, and not the script",
    [
      "E: Unable to locate package x",
      "virt-builder: error: ",
      "  apt-get install 'x'",
      " : command exited with an error",
    ],
    "E: Unable to locate package x",
  ],
  ["an error that says nothing, where nothing was said", ["error:", "advice"], "error:"],
  ["no line of an earlier stage", ["error: no", "[next]"], undefined],
  ["no empty line", ["one", " "], "one"],
  ["not all of a long line", ["x".repeat(1000)], "x".repeat(300)],
])("keeps %s", (_what, lines, kept) => {
  expect(said(...lines)).toBe(kept);
});
