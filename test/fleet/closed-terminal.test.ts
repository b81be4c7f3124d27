import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { builtProgram } from "../support/run-built.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const script = fileURLToPath(new URL("../support/closed-terminal.py", import.meta.url));

// Node itself would abort, with a core dump
it.each([
  ["status --watch 1", "free:", ["129"]],
  ["top", "web1", ["129"]],
  // the end of the keys may be heard before the signal: then nobody has agreed
  ["destroy web*", "[y/N]", ["129", "6"]],
])("mclu %s ends as it should when its terminal is closed", { timeout: 60_000 }, async (line, shown, codes) => {
  const home = temporaryDirectory();
  const config = join(home, "mclu.conf");
  writeFileSync(config, clusterOf({ ham0: [{ name: "web1" }] }));
  const hook = join(home, "hook.cjs");
  const crash = join(home, "crash");
  writeFileSync(
    hook,
    `process.on("uncaughtExceptionMonitor", (error) => require("fs").writeFileSync("${crash}", error.stack));`,
  );
  const env = {
    ...{ HOME: home, PATH: process.env["PATH"] ?? "", MCLU_CONFIG: config, TERM: "xterm" },
    NODE_OPTIONS: `--require ${hook}`,
  };
  const argv = [script, shown, ...builtProgram(line.split(" "))];
  const { stdout } = await promisify(execFile)("python3", argv, { env, timeout: 50_000 });
  expect(codes).toContain(stdout.trim());
  expect(existsSync(crash)).toBe(false);
});
