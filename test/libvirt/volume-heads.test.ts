import { expect, it } from "vitest";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { volumeHeadsQuery } from "../../src/libvirt/volume-heads.ts";
import { testUuid } from "../support/test-driver.ts";

const volumes = ["a", "b"].map((name) => ({ pool: testUuid(1), name }));
const query = volumeHeadsQuery("qemu:///system", "/images", volumes);

it("reads what each volume shows, and takes nothing for granted where the node could not look", () => {
  expect(query.parse([{ code: 0, texts: ["plain\nbased\n"] }])).toEqual(["plain", "based"]);
  expect(query.parse([{ code: 1, texts: [""] }])).toEqual(["vague", "vague"]);
  expect(query.parse([])).toEqual(["vague", "vague"]);
  for (const text of ["plain\n", "plain\nodd\n", ""])
    expect(() => query.parse([{ code: 0, texts: [text] }])).toThrow(UnexpectedOutput);
});

it("asks nothing of a pool without volumes", () => {
  const nothing = volumeHeadsQuery("qemu:///system", "/images", []);
  expect([nothing.steps, nothing.parse([])]).toEqual([[], []]);
});
