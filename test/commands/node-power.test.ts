import { describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri } from "../support/test-driver.ts";

/** This machine as ham0, and a port that nobody listens at as ham1. */
function cluster(): string {
  const uri = testDriverUri(temporaryDirectory(), []);
  return `[nodes]\nham0 =\nham1 = 127.0.0.1:1\n[node.ham0]\ntransport = local\nuri = ${uri}\n`;
}

describe("mclu off", () => {
  it("wants a node that there is, and says why it does nothing whatever number was agreed to", async () => {
    expect(await runMclu(["off"], { config: cluster() })).toMatchObject({ code: 2 });
    expect(await runMclu(["off", "ham9", "-y"], { config: cluster() })).toMatchObject({ code: 4 });
    const { code, stderr } = await runMclu(["off", "ham0", "--yes-all=1"], { config: cluster() });
    expect([code, stderr]).toEqual([
      6,
      "error: ham0: it is this machine, which nobody here would see going off\n  try: systemctl poweroff\n",
    ]);
  });

  it("takes one of --drain and --stop-guests, and shows what would run, which is nothing here", async () => {
    const both = await runMclu(["off", "ham0", "--drain", "--stop-guests"], { config: cluster() });
    expect([both.code, both.stderr]).toEqual([
      2,
      "error: --drain moves guests and --stop-guests stops them\n  give one of the two\n",
    ]);
    const shown = await runMclu(["off", "ham0", "--show-commands", "--dry-run"], { config: cluster() });
    expect(shown).toMatchObject({ code: 6, stderr: "" });
  });

  it("says of each node why it stays on, and what to type", async () => {
    const run = await runMclu(["off", "ham0", "ham1", "-y"], { config: cluster() });
    expect([run.code, run.stdout]).toEqual([6, "ham0: not switched off\nham1: not switched off\n"]);
    expect(run.stderr).toContain(
      "error: ham0: it is this machine, which nobody here would see going off\n  try: systemctl",
    );
    expect(run.stderr).toContain("error: ham1: failed: refused: ");
    const plan = await runMclu(["off", "--dry-run", "ham1"], { config: cluster() });
    expect([plan.code, plan.stdout]).toEqual([
      5,
      expect.stringContaining("plan: switch off 0 nodes\n  ham1  failed: refused"),
    ]);
  });

  it("gives plan and report as JSON", async () => {
    const plan = await runMclu(["off", "--dry-run", "ham0", "-o", "json"], { config: cluster() });
    expect(parseDocument(plan.stdout).kind).toBe("off-plan");
    const report = await runMclu(["off", "ham0", "-o", "json"], { config: cluster() });
    expect(parseDocument(report.stdout)).toMatchObject({
      kind: "node-change",
      verb: "off",
      results: [{ node: "ham0" }],
    });
  });
});
