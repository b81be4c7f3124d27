import { describe, expect, it } from "vitest";
import { runMclu } from "../support/run-mclu.ts";

const nodes = (count: number) =>
  `[nodes]\n${Array.from({ length: count }, (_, index) => `ham${index} = 127.0.0.1:1\n`).join("")}`;

describe("mclu alone", () => {
  it("points to init where there is no configuration", async () => {
    const run = await runMclu([]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/^.*\nno mclu.conf yet; begin with mclu init\n\n {2}mclu init {4}try your hosts/);
  });

  it("names the nodes and what one may type next, and asks none of them", async () => {
    const run = await runMclu([], { config: nodes(2) });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(
      /^2 nodes: ham0 ham1\nof \S+\/mclu\.conf\n\n {2}mclu status +what is on, and what is free\n/,
    );
    expect(run.stdout).not.toContain("mclu init");
    expect((await runMclu([], { config: nodes(1) })).stdout).toMatch(/^1 node: ham0\n/);
    expect((await runMclu([], { config: nodes(10) })).stdout).toMatch(/^10 nodes: ham0 .* ham7 and 2 more\n/);
  });

  it("says what is wrong with a configuration, exit 2", async () => {
    const run = await runMclu([], { config: "[nodes\nham0 =\n" });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("mclu.conf:1: an unclosed section header");
  });

  it("fits a screen of 40 columns", async () => {
    for (const config of [undefined, nodes(2)]) {
      const run = await runMclu([], {
        ...(config && { config }),
        env: { NO_COLOR: "1" },
        tty: { columns: 40, rows: 20 },
      });
      const lines = run.stdout.split("\n").filter((line) => !line.startsWith("of "));
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    }
  });
});
