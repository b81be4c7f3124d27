import { expect, it } from "vitest";
import { formatAge, formatDuration } from "../../src/render/time.ts";

it("writes durations in two units that a reader needs", () => {
  expect([null, 0, 59.9, 60, 185, 3599, 3600, 172_799].map(formatDuration)).toEqual([
    "-",
    "0s",
    "59s",
    "1m00s",
    "3m05s",
    "59m59s",
    "1h00m",
    "47h59m",
  ]);
  expect(formatDuration(172_800 + 3 * 3600)).toBe("2d03h");
});

it("makes nothing younger than now", () => {
  expect(formatAge(100, 112)).toBe("12s ago");
  expect(formatAge(100, 50)).toBe("0s ago");
});
