import { expect, it } from "vitest";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri } from "../support/test-driver.ts";

/** A node here, and one whose port nobody listens on. */
const config = () =>
  `[nodes]\nham0 =\ndead = 127.0.0.1:1\n[node.ham0]\ntransport = local\nuri = ${testDriverUri(temporaryDirectory(), [{ name: "web1" }])}\n`;

it.each([
  ["gc --dry-run", 3],
  ["jobs list", 3],
  // no guest fits into libvirt's own test driver
  ["place", 1],
])("%s is unreachable where a node that was named does not answer", async (line, code) => {
  const codes = [];
  for (const names of [["ham0", "dead"], [], ["ham0"]]) {
    const run = await runMclu([...line.split(" "), ...names], { config: config() });
    codes.push(run.code);
    expect(run.stderr.includes("dead")).toBe(!(names.length === 1));
  }
  expect(codes).toEqual([5, code, code === 3 ? 0 : code]);
});

it("a job that is not found may be on a node that was named and does not answer", async () => {
  const show = async (...nodes: string[]) =>
    (await runMclu(["jobs", "show", "2026", ...nodes.flatMap((node) => ["--node", node])], { config: config() })).code;
  expect([await show("ham0", "dead"), await show("ham0")]).toEqual([5, 4]);
});
