import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeDirectory } from "../src/make-directory.ts";
import { temporaryDirectory } from "./support/run-mclu.ts";

it("makes a directory and what is above it, with the mode, and takes one that is there", () => {
  const path = join(temporaryDirectory(), "a", "b");
  makeDirectory(path, 0o700);
  makeDirectory(path, 0o755);
  expect([path, join(path, "..")].map((made) => statSync(made).mode & 0o777)).toEqual([0o700, 0o700]);
});

it("refuses a file in the way", () => {
  const path = join(temporaryDirectory(), "file");
  writeFileSync(path, "");
  expect(() => makeDirectory(path)).toThrow("EEXIST");
  expect(() => makeDirectory(join(path, "below"))).toThrow("ENOTDIR");
});

it("gives up where a file system has no place for it, which Node's own recursive mkdir never does", () => {
  expect(() => makeDirectory("/proc/mclu/a")).toThrow("ENOENT");
  expect(() => mkdirSync("/proc/mclu")).toThrow("ENOENT");
});
