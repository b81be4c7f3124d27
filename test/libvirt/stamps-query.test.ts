import { expect, it } from "vitest";
import { stampsQuery } from "../../src/libvirt/stamps-query.ts";

it("refuses an answer that has not a line for each file", () => {
  const { parse } = stampsQuery(["/a", "/b"]);
  expect(parse([{ code: 0, texts: ["1:2 3 now\nnone\n"] }])).toEqual(["1:2 3 now", "none"]);
  expect(() => parse([{ code: 0, texts: ["1:2 3 now\n"] }])).toThrow("2 lines of stat");
});
