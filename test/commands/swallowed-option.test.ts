import { expect, it } from "vitest";
import { runMclu } from "../support/run-mclu.ts";

const run = (argv: readonly string[]) => runMclu(argv, { config: "[nodes]\nham0 = 127.0.0.1:1\n" });

it.each([
  [["snapshot", "create", "web1", "first", "--description", "--dry-run"], "--description <text>", "--dry-run"],
  [["build", "debian-12", "web1", "--install", "--dry-run"], "--install <value>", "--dry-run"],
  [["list", "-o", "--wide"], "-o, --output <format>", "--wide"],
  [["list", "--columns", "-h"], "--columns <list>", "-h"],
  [["-f", "--fanout", "3", "list"], "-f, --config <file>", "--fanout"],
])("%j forgot a value, and carries nothing out", async (argv, option, taken) => {
  const { code, stdout, stderr } = await run(argv);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(`error: option '${option}' wants a value, and ${taken} is an option (`);
});

it.each([
  [["list", "--columns=--wide"], 2, "--wide"],
  [["exec", "ham0", "--", "--output", "--wide"], 255, "ham0"],
  [["ssh", "web1", "-o", "-t"], 255, "web1"],
  [["snapshot", "create", "web1", "first", "--description", "-"], 5, "ham0"],
])("%j says what is meant, or is another program's", async (argv, code, named) => {
  const { stderr, ...result } = await run(argv);
  expect([result.code, stderr.includes("wants a value")]).toEqual([code, false]);
  expect(stderr).toContain(named);
});
