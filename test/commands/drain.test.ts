import { expect, it } from "vitest";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri } from "../support/test-driver.ts";

it("drain --dry-run exits as the drain would, where a guest can go nowhere", async () => {
  const uri = testDriverUri(temporaryDirectory(), [{ name: "web1" }]);
  const config = `[mclu]\ntransport = local\n[nodes]\nham0 =\n[node.ham0]\nuri = ${uri}\n`;
  const run = await runMclu(["drain", "ham0", "--dry-run"], { config });
  expect([run.code, run.stdout]).toEqual([6, expect.stringContaining("web1")]);
});
