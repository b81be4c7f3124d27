import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { interleave, quantile } from "./measure.mjs";
import { median, ratio, renderGoals, renderScenario, replaceMarked, surplus } from "./report.mjs";

const scenario = {
  title: "four nodes on",
  timings: [
    { name: "mclu status", seconds: [0.3, 0.1, 0.2], failed: 0 },
    { name: "pdsh", seconds: [0.4], failed: 1 },
    { name: "clush", seconds: [], failed: 3 },
  ],
};

describe("the benchmark's report", () => {
  it("shows medians, quartiles and how many times slower we are", () => {
    expect(renderScenario(scenario).split("\n").slice(2)).toEqual([
      "| mclu status | 200 | 150-250 |  |",
      "| pdsh (1 runs without an answer) | 400 | 400-400 | 0.50 |",
      "| clush | no answer in 3 runs | | |",
    ]);
    expect(median(scenario, "clush")).toBeUndefined();
    expect([ratio(scenario, "mclu status", "pdsh"), surplus(scenario, "pdsh", "mclu status")]).toEqual([0.5, 0.2]);
    expect([ratio(scenario, "mclu status", "clush"), surplus(scenario, "clush", "pdsh")]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("says which goals are met, missed and not measured", () => {
    const goal = { text: "t", limit: 1.4, unit: "s" } as const;
    const text = renderGoals([1.4, 1.41, undefined].map((value) => ({ ...goal, value })));
    expect(text.match(/met|missed|not measured/g)).toEqual(["met", "missed", "not measured"]);
  });

  it("replaces what stands between the markers of docs/performance.md, and nothing else", () => {
    const document = readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");
    const replaced = replaceMarked(document, "new");
    expect(replaced).toContain("<!-- bench: begin -->\nnew\n<!-- bench: end -->");
    expect(replaced.split("<!-- bench: end -->")[1]).toBe(document.split("<!-- bench: end -->")[1]);
    expect(replaceMarked(document, "new", "scale")).toContain("<!-- scale: begin -->\nnew\n<!-- scale: end -->");
    expect(() => replaceMarked("no markers", "new")).toThrow("expected the lines");
  });

  it("interpolates quantiles", () => {
    expect([0, 0.25, 0.5, 1].map((part) => quantile([4, 1, 2, 3], part))).toEqual([1, 1.75, 2.5, 4]);
  });
});

describe("interleave", () => {
  it("counts only runs with a whole answer, and stops the clock at the first sight of it where that is asked", async () => {
    const env = process.env;
    const answered = (text: string) => text.includes("yes");
    const [good, bad, missing, early] = await interleave(
      [
        { name: "good", argv: ["echo", "yes"], env, answered },
        { name: "bad", argv: ["echo", "no"], env, answered },
        { name: "missing", argv: ["no-such-program"], env, answered },
        { name: "early", argv: ["sh", "-c", "echo yes; sleep 0.5"], env, answered, firstSight: true },
      ],
      2,
    );
    expect(good?.seconds).toHaveLength(2);
    expect(bad).toMatchObject({ seconds: [], failed: 2 });
    expect(missing).toMatchObject({ seconds: [], failed: 2 });
    for (const seconds of early?.seconds ?? [9]) expect(seconds).toBeLessThan(0.5);
  });

  it("measures the CPU of a program and of what that starts, and no waiting", async () => {
    const candidate = (name: string, script: string) => {
      return { name, argv: ["sh", "-c", script], env: process.env, answered: (text: string) => text === "yes\n" };
    };
    const count = "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done; echo yes";
    const [busy, idle] = await interleave(
      [candidate("busy", `sh -c '${count}'`), candidate("idle", "sleep 0.3; echo yes")],
      1,
    );
    expect(busy?.cpu?.[0]).toBeGreaterThan(0.05);
    expect(idle?.cpu?.[0]).toBeLessThan(0.05);
  });
});
