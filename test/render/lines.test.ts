import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prefixed, splitLines } from "../../src/render/lines.ts";

describe("splitLines", () => {
  it("gives whole lines, with what a terminal would act on made visible, tabs kept", () => {
    const lines = splitLines("ham0: ");
    expect(lines.push(Buffer.from("a\tb\r\n\x1b[31mred\u202e\nrest"))).toBe("ham0: a\tb\nham0: \\x1b[31mred\\u202e\n");
    expect(lines.end()).toBe("ham0: rest");
    expect(lines.end()).toBe("");
  });

  it("gives the same however the bytes were cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.nat(20)), (text, cuts) => {
        const bytes = Buffer.from(text);
        const lines = splitLines("> ");
        let out = "";
        let at = 0;
        for (const cut of cuts) {
          out += lines.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        out += lines.push(bytes.subarray(at)) + lines.end();
        expect(`${out}${out === "" || out.endsWith("\n") ? "" : "\n"}`).toBe(prefixed(bytes.toString(), "> "));
      }),
    );
  });
});
