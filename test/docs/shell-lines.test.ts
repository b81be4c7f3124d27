import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { complaintAbout, notingShell } from "./as-typed.ts";
import { listedLines } from "./line-list.ts";
import { type ShellLine, shellLines } from "./shell-lines.ts";

const lines = await shellLines();
const listed = listedLines();
const root = fileURLToPath(new URL("../../", import.meta.url));

describe("what the documents and the help tell to type", () => {
  it("is understood by the program", { timeout: 120_000 }, async () => {
    const shell = notingShell(temporaryDirectory());
    const seen = new Set<string>();
    const complaints: string[] = [];
    for (const { text, place, inline } of lines) {
      if (seen.has(text)) continue;
      seen.add(text);
      for (const argv of shell(text)) {
        const complaint = await complaintAbout(argv);
        // a sentence names commands alone, and has words like GUEST in place of what they stand for
        if (inline && complaint?.match(/missing required argument|required option|'WHAT'|no command [A-Z]+$/)) continue;
        if (complaint) complaints.push(`${place}: ${text}\n  ${complaint}`);
      }
    }
    expect(complaints.join("\n")).toBe("");
  });

  it("is executed by a test, or said not to be: in test/docs/lines.txt", () => {
    const known = new Set(listed.map(({ text }) => text));
    const unknown = lines.filter((line) => isToBeTyped(line) && !known.has(line.text));
    expect(unknown.map(({ place, text }) => `${place}: ${text}`).join("\n")).toBe("");
  });
});

it("docs/scripting.md has crontab do what a listed line does", () => {
  const page = readFileSync(`${root}docs/scripting.md`, "utf8");
  const [, command] = /^\*\/10 (?:\* ){4} *(.*)$/m.exec(page) ?? [];
  expect(listed).toContainEqual(expect.objectContaining({ text: command, how: "run" }));
  // cron takes it for the end of the command
  expect(command).not.toContain("%");
});

describe("test/docs/lines.txt", () => {
  it("has no line that no document has, and none twice", () => {
    const there = new Set(lines.map(({ text }) => text));
    const own = listed.filter((line) => !(line.how === "run" && line.prepares)).map(({ text }) => text);
    expect(own.filter((text) => !there.has(text)).join("\n")).toBe("");
    expect(own.filter((text, index) => own.indexOf(text) !== index)).toEqual([]);
  });

  it("names tests that have the command and the options of their lines", () => {
    const lacking = listed.flatMap((line) => {
      if (line.how !== "tested") return [];
      const missing = line.files.filter((file) => !file.endsWith(".test.ts") || !existsSync(`${root}${file}`));
      if (missing.length > 0) return [`${missing.join(" ")}: there is no such test`];
      const source = line.files.map((file) => readFileSync(`${root}${file}`, "utf8")).join("");
      // it takes its lines from README.md
      const lacks = line.files[0] === "test/fleet/readme.test.ts" ? [] : wordsToFind(line.text);
      return lacks
        .filter((word) => !source.includes(word))
        .map((word) => `${line.files.join(" ")}: no ${word}: ${line.text}`);
    });
    expect(lacking.join("\n")).toBe("");
  });
});

/**
 * Whether a line can be typed as it stands. A sentence mostly names a command; where that is about a node, guest or template of
 * the examples it is whole. These pages are made of what tests ran.
 */
function isToBeTyped({ inline, text, place }: ShellLine): boolean {
  if (!inline) return true;
  if (/^docs\/(faults|interruptions)\.md:/.test(place)) return false;
  return /(?<![\w-])(ham\d|web\d?\b|db\d?\b|debian-|@[a-z])/.test(text);
}

/** The commands of a line and its long options, which a test that executes it must have too. */
function wordsToFind(line: string): readonly string[] {
  const verbs = [...line.matchAll(/\bmclu ((?:(?:disk|nic|iso|snapshot|image|jobs) )?[a-z-]+)/g)];
  const options = verbs.length === 0 ? [] : [...line.matchAll(/(?<= )--[a-z-]+/g)];
  return [...verbs.flatMap(([, verb = ""]) => verb.split(" ")), ...options.map(([option]) => option)];
}
