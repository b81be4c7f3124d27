import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readIni } from "../src/ini.ts";

/** Entries of the one section, as pairs. */
function entries(text: string) {
  const { sections, problems } = readIni(`[s]\n${text}`);
  expect(problems).toEqual([]);
  return sections[0]?.entries.map(({ key, value }) => [key, value]);
}

const problems = (text: string) => readIni(text).problems.map(({ line, text }) => `${line}: ${text}`);

describe("readIni", () => {
  it("keeps names, values and lines", () => {
    expect(readIni("\n[mclu] ; defaults\n\nuser = root\n  # more\n[ node.host0.example.jp ]\nport=22 # ssh\n")).toEqual(
      expect.objectContaining({
        problems: [],
        sections: [
          { name: "mclu", line: 2, entries: [{ key: "user", value: "root", line: 4 }] },
          { name: "node.host0.example.jp", line: 6, entries: [{ key: "port", value: "22", line: 7 }] },
        ],
      }),
    );
  });

  it.each(["[s]\r\na = 1\r\nb = 2\r\n", "[s]\ra = 1\rb = 2", "\ufeff[s]\na = 1\nb = 2"])("reads %j", (text) => {
    expect(readIni(text).problems).toEqual([]);
    expect(readIni(text).sections[0]?.entries).toEqual([
      { key: "a", value: "1", line: 2 },
      { key: "b", value: "2", line: 3 },
    ]);
  });

  it.each([
    ["a = b = c", "b = c"],
    ["a = b ; comment", "b"],
    ["a = b # comment", "b"],
    ["a = b\\;c\\#d", "b;c#d"],
    ["a = C:\\x", "C:\\x"],
    ['a = "b ; c" ; comment', "b ; c"],
    ["a = 'b # c'# comment", "b # c"],
    ['a = " b\\tc "', " b\tc "],
    ["a = 'C:\\x'", "C:\\x"],
    ["a = '007'", "007"],
    ["a = 'true'", "true"],
    ["a = it's", "it's"],
    ["a = true", "true"],
    ["a = null", "null"],
    ["a = 1e3", "1e3"],
    ["a = b\u2028c ; \u2028", "b\u2028c"],
    ["a =", ""],
    ["a = ; nothing", ""],
    ['a = ""', ""],
  ])("reads the value of %s", (line, value) => {
    expect(entries(line)).toEqual([["a", value]]);
  });

  it("tells a name alone from one with an empty value", () => {
    expect(entries("ham0\nham1 =\nham2 ; was = 10.0.0.1")).toEqual([
      ["ham0", undefined],
      ["ham1", ""],
      ["ham2", undefined],
    ]);
  });

  it("takes what JavaScript objects have for ordinary names", () => {
    const { sections } = readIni("[__proto__]\n__proto__ = 1\nconstructor = 2\ntoString[] = 3\n[constructor]\n");
    expect(sections.map(({ name }) => name)).toEqual(["__proto__", "constructor"]);
    expect(sections[0]?.entries.map(({ key }) => key)).toEqual(["__proto__", "constructor", "toString[]"]);
    expect(({} as Record<string, unknown>)["1"]).toBeUndefined();
  });

  it.each([
    ["a = 1\nb = 2\n[s]", '1: "a" stands before the first [section] header'],
    ["[s\na = 1", "1: an unclosed section header: write [s]"],
    ["[s ; comment", "1: an unclosed section header: write [s]"],
    ["[s] a = 1", '1: "a = 1" stands behind the section header: give it a line of its own'],
    ["[]", "1: a section header without a name"],
    ["[s]\n= 1", '2: nothing stands before the "="'],
    ["[s]\na = 1\n\na = 2", '4: "a" is given twice in [s]: first on line 2'],
    ["[s]\n[t]\n[s]", "3: section [s] is there twice: it began on line 1"],
    [
      "[s]\na = 1\n[t]\n[s]\na = 2",
      ["4: section [s] is there twice: it began on line 1", '5: "a" is given twice in [s]: first on line 2'],
    ],
    [
      "[s]\na = b#c",
      '2: a: "#" begins a comment: put the value in quotes if it belongs to it, or a space before the comment',
    ],
    [
      "[s]\nham0;x",
      '2: ";" begins a comment: put the value in quotes if it belongs to it, or a space before the comment',
    ],
    ['[s]\na = "b', "2: a: the value begins with a quote that does not end it"],
    ["[s]\na = 'b' c", "2: a: the value begins with a quote that does not end it"],
    ['[s]\na = "\\q"', '2: a: cannot read "\\q": an unknown escape (single quotes have none)'],
    ['[s]\na = "\\u0000"', "2: a: a control character (0x00)"],
    ["[s]\na = b\x1b[31m", "2: a control character (0x1b)"],
    ["[s]\na = \ufffd", "2: this line is not UTF-8"],
    ["[s]\na = \0\nb = \0", "2: a NUL byte: this is not plain text (if it is UTF-16, save it as UTF-8)"],
  ])("finds what is wrong with %j", (text, expected) => {
    expect(problems(text)).toEqual([expected].flat());
  });

  it("reads every value that JSON can quote", () => {
    const value = fc
      .string({ unit: "grapheme" })
      .filter((text) => !/[\u0000-\u0008\u000a-\u001f\u007f\ufffd]/.test(text));
    fc.assert(
      fc.property(value, (text) => {
        expect(entries(`key = ${JSON.stringify(text)} ; comment`)).toEqual([["key", text]]);
      }),
    );
  });

  it("reads every name of a section and a key", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);
    fc.assert(
      fc.property(name, name, name, (section, key, text) => {
        expect(readIni(`[${section}]\r\n${key} = ${text}`).sections).toEqual([
          { name: section, line: 1, entries: [{ key, value: text, line: 2 }] },
        ]);
      }),
    );
  });

  it("throws on no text, and gives every problem a line of the text", () => {
    const piece = fc.constantFrom("[", "]", "=", ";", "#", '"', "'", "\\", "\n", "\r", " ", "a", "b.c", "\t", "\0");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(piece).map((pieces) => pieces.join("")),
        ),
        (text) => {
          const lines = text.split(/\r\n|[\r\n]/).length;
          for (const { line } of readIni(text).problems) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(lines);
          }
        },
      ),
    );
  });
});
