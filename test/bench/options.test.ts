import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { allTables, benchOptions } from "./options.mjs";

const wrong = (why: string) => ({ code: 2, says: expect.stringMatching(`^usage: npm run bench .*\n.*${why}`) });

it("measures every table twenty times, or what it was told", () => {
  const all = { runs: 20, write: false, install: false, tables: allTables };
  expect(benchOptions([])).toEqual(all);
  expect(benchOptions(["--runs", "3", "--install", "--write"])).toEqual({
    ...all,
    runs: 3,
    install: true,
    write: true,
  });
  expect(benchOptions(["--tables", "build,stop"])).toEqual({ ...all, tables: ["build", "stop"] });
});

it("says how it is called where that is wrong, and what is wrong", () => {
  expect(benchOptions(["--tables", "build,biuld"])).toEqual(wrong("there is no table biuld"));
  expect(benchOptions(["--tables", ""])).toEqual(wrong("there is no table "));
  expect(benchOptions(["--write", "--tables", "build"])).toEqual(wrong("--write wants all tables"));
  for (const runs of ["0", "-1", "1.5", "many", ""])
    expect(benchOptions([`--runs=${runs}`])).toEqual(wrong("--runs wants a number from 1"));
  expect(benchOptions(["--table", "build"])).toEqual(wrong("'--table'"));
  expect(benchOptions(["--tables"])).toEqual(wrong("--tables"));
  expect(benchOptions(["build"])).toEqual(wrong("'build'"));
  expect(benchOptions(["--help"])).toEqual({ code: 0, says: expect.stringMatching(/^usage: npm run bench -- .*$/) });
});

it("measures nothing then", () => {
  const run = (...argv: string[]) => {
    const program = fileURLToPath(new URL("bench.mjs", import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], { encoding: "utf8" });
    return [status, stdout, stderr];
  };
  expect(run("--help")).toEqual([0, expect.stringMatching(/^usage: .*\n$/), ""]);
  expect(run("--tables", "biuld")).toEqual([2, "", expect.stringMatching(/^usage: .*\nthere is no table biuld\n$/)]);
});
