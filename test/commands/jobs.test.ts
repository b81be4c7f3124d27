import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { runMclu } from "../support/run-mclu.ts";

describe("jobs", () => {
  it("says that there are none, beside the answer and never in it", async () => {
    const list = async (...argv: string[]) => {
      const { stdout, stderr, code } = await runMclu(["jobs", ...argv], { config: clusterOf({ ham0: [] }) });
      return [stdout, stderr, code];
    };
    expect(await list()).toEqual([
      "ID  NODE  KIND  GUEST  STATE  STAGE  ELAPSED\n",
      "no jobs: mclu history shows what was done from here\n",
      0,
    ]);
    expect(await list("-o", "name")).toEqual(["", "", 0]);
  });
});
