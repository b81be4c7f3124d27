import { expect, it } from "vitest";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { roomQuery } from "../../src/libvirt/room-query.ts";

it("reads the room at each path", () => {
  const query = roomQuery(["/a", "/b"]);
  expect(query.parse([{ code: 0, texts: ["2049 10 4096\n2050 1 512\n"] }])).toEqual([
    { device: "2049", free: 40960 },
    { device: "2050", free: 512 },
  ]);
  expect(() => query.parse([{ code: 0, texts: ["2049 10 4096\n"] }])).toThrow(UnexpectedOutput);
  expect(() => query.parse([])).toThrow(UnexpectedOutput);
});
