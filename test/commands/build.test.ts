import { describe, expect, it } from "vitest";
import { runMclu } from "../support/run-mclu.ts";
import { directoryWith, right } from "../support/template-files.ts";

describe("build", () => {
  const build = (argv: readonly string[], template = "tiny") =>
    runMclu(["build", template, "web1", "--no-login", ...argv], {
      config: "[nodes]\nham0 = 192.0.2.1\n",
      env: { MCLU_PATH: directoryWith({ "tiny.conf": right, "sized.conf": `${right}size = 1G\n` }) },
    });

  it.each([
    [["--memory", "2X"], '--memory: "2X" is not a size: expected one like 512M, 1.5G or 2T'],
    [["--count", "0"], "--count: not a number from 1 to 9999: 0\n  for example 2"],
    [["--wait-timeout", "x"], "--wait-timeout: not a number of seconds: x"],
    [["--memory", "0"], "0 of memory is too little: 16M at least\n  mclu template show tiny"],
    [["--size", "0"], "a disk of 0 is too little: 1M at least\n  mclu template show tiny"],
  ])("says what %j should have been, and contacts nobody", async (argv, message) => {
    const run = await build(argv);
    expect([run.code, run.stdout, run.stderr]).toEqual([2, "", expect.stringContaining(`error: ${message}`)]);
  });

  it("makes no disk smaller than the template wants, and says both sizes", async () => {
    const run = await build(["--size", "512M"], "sized");
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain("a disk of 512M is smaller than the template's, which needs 1G\n");
  });
});
