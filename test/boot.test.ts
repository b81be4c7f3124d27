import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "./support/run-mclu.ts";

const entry = fileURLToPath(new URL("../src/boot.ts", import.meta.url));

const count = 'require("fs").access("/", () => console.log(require("fs").readdirSync("/proc/self/task").length))';

/** How many threads a program has that boot.ts starts and that has read a file. */
async function threads(env: Readonly<Record<string, string>>, before = ""): Promise<number> {
  return Number((await boot(count, { env, before })).stdout);
}

interface Start {
  readonly env?: Readonly<Record<string, string>>;
  readonly before?: string;
}

/** Runs a program by boot.ts in a home of its own, behind some words of bash. */
async function boot(program: string, { env = {}, before = "" }: Start) {
  const directory = temporaryDirectory();
  const outfile = join(directory, "cli.cjs");
  const define = { MCLU_BUILD: '"test"', MCLU_VERSION: '"1.2.3"' };
  await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "cjs", define });
  writeFileSync(join(directory, "program.cjs"), program);
  const argv = ["-c", `${before} exec "$0" "$1"`, process.execPath, outfile];
  const ended = spawnSync("bash", argv, { env: { HOME: directory, ...env }, encoding: "utf8" });
  return { ...ended, cache: join(directory, ".cache", "mclu") };
}

describe("boot", () => {
  it("has threads for as many name look-ups as nodes are asked at once, half of them", async () => {
    expect(await threads({})).toBeGreaterThanOrEqual(64);
    expect(await threads({ UV_THREADPOOL_SIZE: "4" })).toBeLessThan(40);
  });

  it("has few where not all of them could be started, which would end the process", async () => {
    expect(await threads({}, "ulimit -v 2000000;")).toBeLessThan(40);
  });

  it("says that there are few addresses before Node ends for want of them", async () => {
    const { stderr } = await boot(count, { before: "ulimit -v 900000;" });
    expect(stderr).toContain("warning: 878 MiB of addresses (ulimit -v)");
  });

  it("leaves no half of its compiled code where no whole file may be written (ulimit -f)", async () => {
    const { status, cache } = await boot("console.log(1)", { before: "ulimit -f 1;" });
    expect({ status, files: readdirSync(cache) }).toEqual({ status: 0, files: [] });
  });
});
