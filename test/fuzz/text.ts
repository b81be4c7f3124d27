import fc from "fast-check";

/** Characters that some reader, shell or terminal gives a meaning, and those that are hard to carry. */
export const hostileCharacters = [
  ..."\0\x01\x07\x08\t\n\v\f\r\x1b\x7f\x80\x81\x9b\u00a0\u00ad\u0301\u061c\u180e\u200b\u200f\u2028\u202e\u2066\u3000\u4eee\ufeff\ufffd\uffff",
  ..." !\"#$%&'()*+,-./0123456789:;<=>?@AZ[\\]^_`az{|}~",
  "\r\n",
  "\ud800",
  "\udfff",
  "\u{1f600}",
  "\u{e0041}",
  "\u{10ffff}",
  "\x1b]52;c;cHduZWQ=\x07",
  "\x1b[31m",
  "$(touch pwned)",
  "`id`",
  "__proto__",
  "constructor",
  "99999999999999999999",
  "9".repeat(400),
  "-1",
  "1e9",
  "0x10",
  "NaN",
  "null",
];

/** What large inputs repeat. */
export const hostileRuns = [
  ...[" ", "\t", "\n", "\r", "\0", "a", "0", "A=", "é", "\u{1f600}", "\ud800", "\u202e", "\x1b["],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable as ssh_config has it
  ...["(", "[", "[[", "{", "<", "<a>", "<a b='", "<!--", "&", "&amp;", "${", "${a}", "$(", "%", "%%", "%h"],
  ...["'", '"', "\\", "\\\\", "`", "~", "~/", "!", "?", "*", "*a", "?*", "[a", "[]", "]", "|", ";", "#", "=", "=a"],
  ...[":", "::", "a:", "aa:", "@", "@a", "a@", "/", "//", ",", ",a", "-", "--", "- ", ".", "a.", "+", "_", "a ", " a"],
  ...["a\n", "a=\n", "a = b\n", "[a]\n", "\n\n ", " \n", "a\t", "  - ", "Domain: '", "0.0.0.0/", "ffffffff"],
];

const characters: readonly string[] = hostileCharacters;

/** Texts made of a format's own words and of hostile characters, half and half. */
export function textOf(words: readonly string[], maxLength = 14): fc.Arbitrary<string> {
  const share = Math.max(1, Math.round(characters.length / Math.max(1, words.length)));
  const parts = [...Array.from({ length: share }, () => words).flat(), ...characters];
  const assembled = fc
    .array(fc.nat(parts.length - 1), { maxLength })
    .map((picks) => picks.map((pick) => parts[pick] ?? "").join(""));
  return words.length > 0 ? assembled : fc.oneof(assembled, fc.string({ unit: "binary", maxLength: 24 }));
}

/**
 * Real texts, changed in a few places: something put in, left out, doubled, replaced, moved from another place. Numbers
 * alone make them, which is cheap, and fast-check shrinks towards the text as it was.
 */
export function mutationsOf(seeds: readonly string[], words: readonly string[] = []): fc.Arbitrary<string> {
  const parts = [...characters, ...words];
  const pick = fc.nat(seeds.length - 1);
  return fc
    .tuple(pick, fc.array(fc.nat(2 ** 30), { maxLength: 5 }))
    .map(([index, changes]) => changes.reduce((text, change) => mutate(text, change, parts), seeds[index] ?? ""));
}

function mutate(text: string, change: number, parts: readonly string[]): string {
  const kind = change % 6;
  const at = Math.floor(change / 6) % (text.length + 1);
  const length = 1 + (Math.floor(change / 997) % 12);
  const part = parts[Math.floor(change / 31) % parts.length] ?? "";
  switch (kind) {
    case 0:
      return text.slice(0, at) + part + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + length);
    case 2:
      return text.slice(0, at + length) + text.slice(at);
    case 3:
      return text.slice(0, at) + part + text.slice(at + part.length);
    case 4: {
      const from = Math.floor(change / 89) % (text.length + 1);
      return text.slice(0, at) + text.slice(from, from + 4 * length) + text.slice(at);
    }
    default:
      return text.slice(0, at);
  }
}

/** The same for bytes; what is put in are often lengths. */
export function byteMutationsOf(seeds: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const mutations = fc
    .tuple(fc.nat(seeds.length - 1), fc.array(fc.nat(2 ** 30), { maxLength: 4 }))
    .map(([index, changes]) => changes.reduce(mutateBytes, seeds[index] ?? Buffer.alloc(0)));
  const random = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
  return fc.oneof({ arbitrary: mutations, weight: 4 }, { arbitrary: random, weight: 1 });
}

function mutateBytes(bytes: Buffer, change: number): Buffer {
  const at = Math.floor(change / 5) % (bytes.length + 1);
  const copy = Buffer.from(bytes);
  const value = Math.floor(change / 251) % 256;
  switch (change % 5) {
    case 0:
      if (at < copy.length) copy[at] = value;
      return copy;
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([value]), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + (value % 16))]);
    default:
      // a length that is too large, or as large as a length can be
      if (at + 4 <= copy.length) copy.writeUInt32BE(value % 2 === 0 ? 0xffffffff : value, at);
      return copy;
  }
}
