import { describe, expect, it } from "vitest";
import { parseSeconds } from "../../src/commands/parse-seconds.ts";

describe("parseSeconds", () => {
  it("reads seconds, whole or not", () => {
    expect(["2", "0.5", "3s", "86400"].map(parseSeconds)).toEqual([2, 0.5, 3, 86400]);
  });

  it("takes no time that a timer would not wait for", () => {
    for (const text of ["0", "-1", "", "x", "1e3", "Infinity", "9999999", "9".repeat(400)])
      expect(() => parseSeconds(text), text).toThrow("not a number of seconds");
  });
});
