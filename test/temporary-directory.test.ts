import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { getuid } from "node:process";
import { expect, it } from "vitest";
import { isOpenToOthers, temporaryDirectory } from "../src/temporary-directory.ts";
import { temporaryDirectory as directoryOfTest } from "./support/run-mclu.ts";

it.each([
  [0o700, 0o700, false],
  [0o755, 0o755, false],
  [0o1777, 0o700, false],
  [0o777, 0o700, true],
  [0o775, 0o700, true],
  [0o700, 0o777, true],
  [0o700, 0o1777, false],
])("tells whether others may replace what is below modes %o and %o", (above, mode, expected) => {
  const parent = directoryOfTest();
  const directory = join(parent, "below");
  mkdirSync(directory);
  chmodSync(directory, mode);
  chmodSync(parent, above);
  expect(isOpenToOthers(directory)).toBe(expected);
  expect(temporaryDirectory(directory)).toBe(expected ? "/tmp" : directory);
  // wherever a link leads from
  const link = join(directoryOfTest(), "link");
  symlinkSync(directory, link);
  expect(isOpenToOthers(link)).toBe(expected);
});

it("takes another user's directory for open, and leaves what is not there to whoever uses it", () => {
  const directory = directoryOfTest();
  expect(isOpenToOthers(directory, (getuid?.() ?? 0) + 1)).toBe(getuid?.() !== 0);
  expect(temporaryDirectory("/nonexistent/tmp")).toBe("/nonexistent/tmp");
});
