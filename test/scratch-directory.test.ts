import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, it } from "vitest";
import { makeScratchDirectory } from "../src/scratch-directory.ts";
import { temporaryDirectory } from "./support/run-mclu.ts";

it("goes with the process, unless what is in it is still wanted", () => {
  const prefix = join(temporaryDirectory(), "mclu-");
  const [first, wanted, removed] = [
    makeScratchDirectory(prefix),
    makeScratchDirectory(prefix, () => true),
    makeScratchDirectory(prefix),
  ];
  expect(statSync(first.path).mode & 0o777).toBe(0o700);
  removed.remove();
  process.emit("exit", 0);
  expect([first, wanted, removed].map(({ path }) => existsSync(path))).toEqual([false, true, false]);
});
