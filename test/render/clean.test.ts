import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clean, cleanJson } from "../../src/render/clean.ts";

it("shows controls and bidi characters as escapes", () => {
  expect(clean("a\x1b[31mb\u202ec\x9bd\ne")).toBe("a\\x1b[31mb\\u202ec\\x9bd\\x0ae");
});

it("leaves nothing that a terminal acts on, and everything else as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(clean(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      if (!/\p{Default_Ignorable_Code_Point}/u.test(text) && /^[\p{L}\p{N}\p{P} ]*$/u.test(text))
        expect(clean(text)).toBe(text);
    }),
    { numRuns: 5000 },
  );
});

// [what it is, the character, how it is shown]
const unseen: [string, string, string][] = [
  ["a soft hyphen", "\u00ad", "\\xad"],
  ["a grapheme joiner", "\u034f", "\\u034f"],
  ["a Hangul filler", "\u3164", "\\u3164"],
  ["a Hangul filler of its first letters", "\u115f", "\\u115f"],
  ["a Mongolian vowel separator", "\u180e", "\\u180e"],
  ["a format character without a use", "\u206a", "\\u206a"],
  ["a blank of braille", "\u2800", "\\u2800"],
  ["a variation selector", "\ufe0f", "\\ufe0f"],
  ["a variation selector of the supplement", "\u{e0100}", "\\u{e0100}"],
  ["a tag letter", "\u{e0041}", "\\u{e0041}"],
  ["a musical format character", "\u{1d173}", "\\u{1d173}"],
];

describe("a name that looks like another", () => {
  it.each(unseen)("is told by %s", (_, character, shown) => {
    expect(clean(`web${character}1`)).toBe(`web${shown}1`);
    const json = cleanJson(JSON.stringify({ name: `web${character}1` }));
    expect(json).toMatch(/^[ -~]*$/);
    expect(JSON.parse(json)).toEqual({ name: `web${character}1` });
  });

  it("is not one for the mark that gives an emoji its colour", () => {
    expect(clean("a \u2764\ufe0f \u{1f5a5}\ufe0f b")).toBe("a \u2764\ufe0f \u{1f5a5}\ufe0f b");
    expect(clean("1\ufe0f")).toBe("1\\ufe0f");
  });
});
