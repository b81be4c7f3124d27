import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../src/errors.ts";
import { formatExactSize, parseSize } from "../src/size.ts";

describe("parseSize", () => {
  it.each([
    ["0", 0],
    ["1B", 1],
    ["1K", 1024],
    ["1k", 1024],
    ["1KiB", 1024],
    ["1kb", 1000],
    ["512M", 512 * 1024 ** 2],
    ["1G", 1024 ** 3],
    ["1 GiB", 1024 ** 3],
    ["1GB", 1e9],
    ["1.5G", 1.5 * 1024 ** 3],
    ["0.1G", 107374182],
    ["2T", 2 * 1024 ** 4],
    ["7P", 7 * 1024 ** 5],
  ])("reads %s as %d bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    "",
    " ",
    "G",
    "1X",
    "1iB",
    "-1G",
    "+1G",
    "1,5G",
    "1.G",
    ".5G",
    "1e3M",
    "0x10M",
    "1G1",
    "1 G i B",
    "Infinity",
    "9999999P",
  ])("refuses %j with exit 2", (text) => {
    expect(() => parseSize(text)).toThrow(expect.objectContaining({ name: "UserError", exitCode: 2 }));
  });

  it("asks for the unit when there is none", () => {
    expect(() => parseSize("512")).toThrow('"512" is not a size: the unit is missing: 512M, or 512G?');
  });

  it("throws nothing but UserError", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{0,30} ?[KMGTPE]?i?B?$/)), (text) => {
        try {
          expect(Number.isSafeInteger(parseSize(text))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });
});

describe("formatExactSize", () => {
  it.each([
    [0, "0"],
    [1000, "1000B"],
    [1024, "1K"],
    [1536 * 1024 ** 2, "1536M"],
    [1024 ** 3, "1G"],
    [1024 ** 5, "1P"],
  ])("writes %d bytes as %s", (bytes, text) => {
    expect(formatExactSize(bytes)).toBe(text);
  });

  it("is read back as the same number", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(5), (amount, power) => {
        const bytes = Math.floor(amount / 1024 ** power) * 1024 ** power;
        expect(parseSize(formatExactSize(bytes))).toBe(bytes);
      }),
    );
  });
});
