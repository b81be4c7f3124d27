import { expect, it } from "vitest";
import { statesQuery } from "../../src/libvirt/change.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { testUuid } from "../support/test-driver.ts";

const [here, gone, silent] = [testUuid(1), testUuid(2), testUuid(3)];
const texts = [`${here}\n${silent}\n`, "running\n", "", "no such word\n", "uri"];

it("statesQuery tells a guest that is gone from one of which libvirt says no state", () => {
  expect(statesQuery([here, gone, silent]).parse([{ code: 0, texts }])).toEqual(["running", "gone", null]);
});

it("statesQuery says of nobody that it is gone where libvirt failed in the middle", () => {
  expect(() => statesQuery([here]).parse([{ code: 1, texts: ["", "", ""] }])).toThrow(UnexpectedOutput);
});
