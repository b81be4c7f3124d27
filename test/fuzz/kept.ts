import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where inputs that once made a parser fail are kept: `TARGET/HASH.json`, under version control. */
export const failuresDirectory = fileURLToPath(new URL("failures/", import.meta.url));

/** An input as a file: JSON, in which bytes are `{ "$bytes": BASE64 }` and what is undefined `{ "$undefined": true }`. */
function encode(input: unknown): string {
  // Buffer's own toJSON comes before a replacer
  const plain = (value: unknown): unknown => {
    if (value === undefined) return { $undefined: true };
    if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
    if (typeof value === "string" && value.length > 4096) return { $text: folded(value) };
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
  };
  return JSON.stringify(plain(input), null, 2);
}

/** A long text as pieces and `[PIECE, TIMES]`: those that fail are mostly one thing repeated. */
function folded(text: string): (string | readonly [string, number])[] {
  const pieces: (string | readonly [string, number])[] = [];
  let end = 0;
  for (const found of text.matchAll(/([\s\S]{1,12}?)\1{99,}/g)) {
    const [run, piece = ""] = found;
    pieces.push(text.slice(end, found.index), [piece, run.length / piece.length]);
    end = found.index + run.length;
  }
  return [...pieces, text.slice(end)];
}

function decode(text: string): unknown {
  return revive(JSON.parse(text));
}

// not a reviver of JSON.parse, which takes `undefined` for "leave it out"
function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== "object" || value === null) return value;
  if ("$bytes" in value) return Buffer.from(String(value.$bytes), "base64");
  if ("$text" in value)
    return (value.$text as (string | [string, number])[])
      .map((piece) => (typeof piece === "string" ? piece : piece[0].repeat(piece[1])))
      .join("");
  if ("$undefined" in value) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, revive(part)]));
}

export interface KeptInput {
  readonly file: string;
  readonly input: unknown;
}

/** The inputs that are kept of a target, by file name. */
export function keptInputs(target: string, directory = failuresDirectory): KeptInput[] {
  const folder = join(directory, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => ({ file: join(folder, name), input: decode(readFileSync(join(folder, name), "utf8")) }));
}

/** Keeps an input, for every run from now on. Returns the file. */
export function keep(target: string, input: unknown, directory = failuresDirectory): string {
  const text = encode(input);
  const folder = join(directory, target);
  const file = join(folder, `${createHash("sha256").update(text).digest("hex").slice(0, 12)}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${text}\n`);
  return file;
}
