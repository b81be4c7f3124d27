import * as fc from "fast-check";
import { fileNameOf } from "../../../src/operations/file-name.ts";
import { isGlob, matchGlob, parseGuestSelector } from "../../../src/operations/guest-selector.ts";
import { clean } from "../../../src/render/clean.ts";
import { renderJson } from "../../../src/render/json.ts";
import { splitLines } from "../../../src/render/lines.ts";
import { createStyle } from "../../../src/render/style.ts";
import { renderCsv, renderTable } from "../../../src/render/table.ts";
import { displayWidth, padDisplay } from "../../../src/render/width.ts";
import { printable } from "../holds.ts";
import { type AnyTarget, must, same, target } from "../target.ts";
import { hostileCharacters, textOf } from "../text.ts";

const anyText = fc.oneof(textOf([]), fc.string({ unit: "binary", maxLength: 30 }));
const nodes = ["ham0", "ham0:x", "host0.example.jp"];
const uuid = "187751d3-318d-40e8-b84a-96e7198d964f";
const style = createStyle(false);

/** Without half a surrogate pair. */
const isWhole = (text: string) => !/\p{Cs}/u.test(text);

/** The fields of a line of RFC 4180. */
function readCsvLine(line: string): string[] {
  const fields = [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,"]*))/g)];
  return fields.map(([, quoted, plain = ""]) => quoted?.replaceAll('""', '"') ?? plain);
}

interface Globbing {
  readonly name: string;
  readonly glob: string;
}

const table = {
  columns: [
    { name: "a", value: (row: readonly string[]) => row[0] ?? null },
    { name: "b", value: (row: readonly string[]) => row[1] ?? null },
  ],
  rows: fc.array(fc.tuple(anyText, anyText), { maxLength: 3 }) as fc.Arbitrary<readonly (readonly string[])[]>,
};
const large = (repeated: string, length: number) => [[[repeated.repeat(length / repeated.length), "b"]]];

export const nameTargets: readonly AnyTarget[] = [
  target({
    name: "clean",
    about:
      "no control or bidi character is left, printable text stays as it is, twice is as once, no surrogate pair is cut",
    seeds: hostileCharacters,
    arbitrary: anyText,
    parse: clean,
    holds(shown, text) {
      printable(shown);
      must(!shown.includes("\n"), "a newline");
      same(clean(shown), shown, "cleaned twice");
      const isSeen = !/[\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);
      if (isSeen && /^[\p{L}\p{N}\p{P}\p{S}\p{M} ]*$/u.test(text)) same(shown, text, "printable text");
      must(isWhole(shown) || !isWhole(text), "half a pair", shown);
      const escapes = shown.length - text.length;
      must(escapes >= 0 && escapes > 0 === (shown !== text), "shorter than it was", shown);
    },
  }),
  target({
    name: "displayWidth",
    about:
      "the sum of its characters' widths, of cleaned text between none and two columns each; padding fills up to it exactly",
    seeds: ["abc", "仮想", "e\u0301", "\u{1f600}"],
    arbitrary: anyText,
    parse: (text) => displayWidth(clean(text)),
    holds(width, text) {
      const characters = [...clean(text)];
      const sum = characters.length > 100 ? width : characters.reduce((all, each) => all + displayWidth(each), 0);
      same(width, sum, "not the sum");
      must(width >= 0 && width <= 2 * characters.length, "too wide", width);
      same(displayWidth(padDisplay(clean(text), width + 3)), width + 3, "padded");
    },
  }),
  target({
    name: "splitLines",
    about:
      "lines are the same however the bytes were cut, each begins with its prefix, no control character but tab is left",
    seeds: [
      ["a\nb", "\n"],
      ["\u{1f600}\r\n", "x"],
    ],
    arbitrary: fc.array(anyText, { maxLength: 4 }),
    large: (repeated, length) => [
      Array.from({ length: Math.ceil(length / 2000) }, () => repeated.repeat(2000 / repeated.length)),
    ],
    parse(pieces) {
      const lines = splitLines("ham0: ");
      return pieces.map((piece) => lines.push(Buffer.from(piece))).join("") + lines.end();
    },
    holds(shown, pieces) {
      const whole = splitLines("ham0: ");
      const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
      if (bytes.length < 200) {
        const single = splitLines("ham0: ");
        same([...bytes].map((byte) => single.push(Buffer.from([byte]))).join("") + single.end(), shown, "byte by byte");
      }
      same(whole.push(bytes) + whole.end(), shown, "at once");
      printable(shown.replaceAll("\t", " "));
      must(
        shown.split("\n").every((line) => line === "" || line.startsWith("ham0: ")),
        "a line without its prefix",
      );
    },
  }),
  target({
    name: "renderJson",
    about: "one document that gives every text back exactly, without a character that a terminal obeys",
    seeds: hostileCharacters,
    arbitrary: anyText,
    parse: (text) => renderJson("list", { name: text, keys: { [text]: 1 } }),
    holds(json, text) {
      printable(json);
      same((JSON.parse(json) as { name: string }).name, text, "read again");
    },
  }),
  target({
    name: "renderCsv",
    about: "as many fields as columns in every row, read again each is the cleaned text",
    seeds: [[["a", 'b"c']], [["=1", ","]]],
    arbitrary: table.rows,
    large,
    parse: (rows) => renderCsv(rows, table.columns, false),
    holds(csv, rows) {
      printable(csv);
      const read = csv.split("\n").slice(0, -1).map(readCsvLine);
      same(
        read,
        rows.map((row) => row.map(clean)),
        "read again",
      );
    },
  }),
  target({
    name: "renderTable",
    about: "a line for every row, without a control character; columns begin where their headings do",
    seeds: [[["a", "b"]], [["仮想", "b"]]],
    arbitrary: table.rows,
    large,
    parse: (rows) => renderTable(rows, table.columns, { header: true, style }),
    holds(text, rows) {
      printable(text);
      const [, ...lines] = text.split("\n").slice(0, -1);
      same(lines.length, rows.length, "lines");
      const first = Math.max(1, ...rows.map((row) => displayWidth(clean(row[0] ?? "") || "-")));
      for (const [index, line] of lines.entries()) {
        const [a = "", b = ""] = (rows[index] ?? []).map((each) => clean(each) || "-");
        same(line, `${padDisplay(a, first)}  ${b}`.trimEnd(), "a row");
      }
    },
  }),
  target({
    name: "parseGuestSelector",
    about: "its parts put together are the text; a scope stands before a slash alone",
    seeds: ["ham0/web1", "ham0:web1", "ham0:x:y", "@g/web*", uuid],
    arbitrary: textOf([...nodes, ":", "/", "@", "web1", "*"]),
    parse: (text) => parseGuestSelector(text, nodes),
    holds({ scope, name, alternative }, text) {
      same(scope === undefined ? name : `${scope}/${name}`, text, "its parts");
      if (alternative !== undefined) {
        same(`${alternative.scope}:${alternative.name}`, text, "the other reading");
        must(nodes.includes(alternative.scope) && alternative.name !== "", "no other reading", alternative);
      }
    },
  }),
  target<Globbing, boolean>({
    name: "matchGlob",
    about: "a name without wildcards matches itself alone, `*` everything, and no name costs more than its length",
    seeds: [
      { name: "web1", glob: "web*" },
      { name: "a".repeat(3000), glob: `${"*a".repeat(40)}b` },
      { name: "]", glob: "[]x]" },
    ],
    arbitrary: fc.record({
      name: textOf(["a", "b", "web"], 10),
      glob: textOf(["*", "?", "[", "]", "[!", "a", "-", "web", "[a-c]"], 10),
    }),
    large: (repeated, length) => {
      const run = repeated.repeat(length / repeated.length);
      return [
        { name: run, glob: "*a*b*c" },
        { name: "web1", glob: run },
        { name: run.slice(0, 5000), glob: run.slice(0, 5000) },
      ];
    },
    parse: ({ name, glob }) => matchGlob(glob)(name),
    holds(matched, { name, glob }) {
      if (!isGlob(glob)) same(matched, glob === name, "without wildcards");
      if (/^\*+$/.test(glob)) must(matched, "everything");
      if (!isGlob(name) && name.length < 50) must(matchGlob(`*${name}*`)(`x${name}y`), "in the middle");
    },
  }),
  target({
    name: "fileNameOf",
    about: "a file name of at most 255 bytes, no two names of one node have the same; decoded it is the name",
    seeds: ["web1", "..", "-rf", "a/b", "仮".repeat(200), ""],
    arbitrary: anyText,
    parse: (name) => fileNameOf(name, uuid, new Set()),
    holds(file, name) {
      must(/^[^./-][^/]*$/su.test(file) && Buffer.byteLength(`${file}.xml`) <= 255, "no file name", file);
      must(/^[\p{L}\p{N}._+=@,%-]+$/u.test(file), "a character that a file system or a shell obeys", file);
      if (!file.includes("%%") && isWhole(name)) same(decodeURIComponent(file), name, "decoded");
      const taken = new Set<string>();
      const twice = [fileNameOf(name, uuid, taken), fileNameOf(name.toUpperCase(), "other", taken)];
      must(twice[0]?.toLowerCase() !== twice[1]?.toLowerCase(), "a file twice", twice);
    },
  }),
];
