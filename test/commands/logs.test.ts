import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { runMclu } from "../support/run-mclu.ts";

describe("logs", () => {
  it("says where there can be no log", async () => {
    const run = await runMclu(["logs", "web1"], { config: clusterOf({ ham0: [{ name: "web1" }] }) });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(/^error: ham0 keeps no logs of its guests: its libvirt is test:/);
  });

  it("wants one guest and a number of lines", async () => {
    const config = clusterOf({ ham0: [{ name: "web1" }, { name: "web2" }] });
    expect(await runMclu(["logs", "web*"], { config })).toMatchObject({ code: 4, stdout: "" });
    expect(await runMclu(["logs", "-n", "-5", "web1"], { config })).toMatchObject({ code: 2, stdout: "" });
    expect(await runMclu(["logs", "nope"], { config })).toMatchObject({ code: 4, stdout: "" });
  });
});
