import { expect, it } from "vitest";
import { bytesOfKib, wholeNumber } from "../../src/libvirt/number.ts";

it("takes whole numbers from 0 up, of 64 bits at most", () => {
  const texts = ["12", "-1", "1.5", "", "0x10", "9".repeat(21), "9".repeat(400), null, undefined];
  expect(texts.map(wholeNumber)).toEqual([12, null, null, null, null, null, null, null, null]);
});

it("makes bytes of KiB", () => {
  expect(["131072 KiB", "1 MiB", "KiB", undefined].map(bytesOfKib)).toEqual([134217728, null, null, null]);
});
