import { expect, it } from "vitest";
import { defaultFanout } from "../../src/cluster/default-fanout.ts";

const limits = (files: string) => `Limit                     Soft Limit           Hard Limit           Units
Max processes             94955                94955                processes
Max open files            ${files.padEnd(20)} 1048576              files
`;

it.each([
  ["unlimited", 32],
  ["1048576", 32],
  ["88", 32],
  ["64", 20],
  ["32", 4],
  ["20", 1],
])("with %s open files asks %i nodes at once", (files, nodes) => {
  expect(defaultFanout((path) => (path === "/proc/self/limits" ? limits(files) : undefined))).toBe(nodes);
});

it("asks 32 nodes at once where the kernel says nothing", () => {
  expect(defaultFanout(() => undefined)).toBe(32);
});
