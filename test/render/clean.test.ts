import fc from "fast-check";
import { expect, it } from "vitest";
import { clean } from "../../src/render/clean.ts";

it("shows controls and bidi characters as escapes", () => {
  expect(clean("a\x1b[31mb\u202ec\x9bd\ne")).toBe("a\\x1b[31mb\\u202ec\\x9bd\\x0ae");
});

it("leaves nothing that a terminal acts on, and everything else as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(clean(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      if (/^[\p{L}\p{N}\p{P} ]*$/u.test(text)) expect(clean(text)).toBe(text);
    }),
    { numRuns: 5000 },
  );
});
