import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "./support/run-mclu.ts";

const entry = fileURLToPath(new URL("../src/boot.ts", import.meta.url));

/** How many threads a program has that boot.ts starts and that has read a file. */
async function threads(env: Readonly<Record<string, string>>, before = ""): Promise<number> {
  const directory = temporaryDirectory();
  const outfile = join(directory, "cli.cjs");
  const define = { MCLU_BUILD: '"test"', MCLU_VERSION: '"1.2.3"' };
  await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "cjs", define });
  const count = 'require("fs").access("/", () => console.log(require("fs").readdirSync("/proc/self/task").length))';
  writeFileSync(join(directory, "program.cjs"), count);
  const argv = ["-c", `${before} exec "$0" "$1"`, process.execPath, outfile];
  return Number(execFileSync("bash", argv, { env: { HOME: directory, ...env } }).toString());
}

describe("boot", () => {
  it("has threads for as many name look-ups as nodes are asked at once, half of them", async () => {
    expect(await threads({})).toBeGreaterThanOrEqual(64);
    expect(await threads({ UV_THREADPOOL_SIZE: "4" })).toBeLessThan(40);
  });

  it("has few where not all of them could be started, which would end the process", async () => {
    expect(await threads({}, "ulimit -v 2000000;")).toBeLessThan(40);
  });
});
