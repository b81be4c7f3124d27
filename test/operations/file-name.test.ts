import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileNameOf } from "../../src/operations/file-name.ts";

const uuid = "00000000-0000-4000-8000-000000000000";
const name = (text: string) => fileNameOf(text, uuid, new Set());

describe("fileNameOf", () => {
  it.each([
    ["web1.example.org", "web1.example.org"],
    ["a b", "a%20b"],
    ["..", "%2E."],
    ["-rf", "%2Drf"],
    ["x$(id)*", "x%24%28id%29%2A"],
    ["100%", "100%25"],
    ["r\u202etl", "r%E2%80%AEtl"],
    ["漢字", "漢字"],
    ["a/../b", "a%2F..%2Fb"],
  ])("%j is %s", (text, expected) => {
    expect(name(text)).toBe(expected);
  });

  it("gives back every name that is short enough", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 15 }), (text) => {
        const encoded = name(text);
        fc.pre(!encoded.includes("%%"));
        expect(decodeURIComponent(encoded)).toBe(text);
        expect(encoded).not.toMatch(/[/\0]/);
      }),
    );
  });

  it("cuts a long name between characters, and tells names apart that differ in case alone", () => {
    const long = name("漢".repeat(200));
    expect(Buffer.byteLength(`${long}.xml.1234567.tmp`)).toBeLessThan(255);
    expect(long).toBe(`${"漢".repeat(33)}%%${uuid}`);
    expect(name(`${" ".repeat(200)}`)).toBe(`${"%20".repeat(33)}%%${uuid}`);
    const taken = new Set<string>();
    expect([fileNameOf("Web", "1", taken), fileNameOf("web", "2", taken)]).toEqual(["Web", "web%%2"]);
  });
});
