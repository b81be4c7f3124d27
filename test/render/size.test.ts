import { expect, it } from "vitest";
import { formatSize, formatSmallSize } from "../../src/render/size.ts";

const gib = 1024 ** 3;

it.each([
  [null, "-"],
  [0, "0.0G"],
  [15.2 * gib, "15.2G"],
  [-1 * gib, "-1.0G"],
  [1023.9 * gib, "1023.9G"],
  [1023.96 * gib, "1.0T"],
  [1024 * gib, "1.0T"],
])("%s bytes are %s", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

it.each([
  [null, "-"],
  [0, "0M"],
  // a new volume of qcow2
  [196 * 1024, "196K"],
  [1024 ** 2, "1M"],
  [128 * 1024 ** 2, "128M"],
  [gib, "1.0G"],
  [1.5 * gib, "1.5G"],
])("%s bytes of a guest are %s", (bytes, text) => {
  expect(formatSmallSize(bytes)).toBe(text);
});
