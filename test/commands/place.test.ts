import { describe, expect, it } from "vitest";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri } from "../support/test-driver.ts";

const config = () =>
  `[mclu]\ntransport = local\n[nodes]\nham0 =\n[node.ham0]\nuri = ${testDriverUri(temporaryDirectory(), [{ name: "web1" }])}\n`;

describe("place", () => {
  it("says why no node can be given a guest, and exits 1", async () => {
    const run = await runMclu(["place", "--network", "bridge:nobridge0"], { config: config() });
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(
      /^NODE .*VERDICT\nham0 .* no bridge nobridge0; libvirt there does not say what it can run\n$/,
    );
  });

  it.each([
    [["--memory", "2"], '"2" is not a size: the unit is missing: 2M, or 2G?'],
    [["--vcpus", "0"], "not a number from 1 to 9999: 0"],
    [["--network", "bridge:a b"], "a bridge"],
    [["--firmware", "coreboot"], "bios, uefi"],
  ])("refuses %j before it contacts anything", async (argv, message) => {
    const run = await runMclu(["place", ...argv], { config: config() });
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain(message);
  });
});
