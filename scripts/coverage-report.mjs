import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { compareCoverage, gapsOf, readExceptions } from "./coverage-check.mjs";
import { root } from "./run.mjs";

/**
 * Whether a run of the unit tests executed every branch that test/coverage-exceptions.txt does not list, and none that it
 * lists; prints where not.
 * @param {string} directory where vitest wrote its report
 */
export function coverageHolds(directory) {
  const report = join(directory, "coverage-final.json");
  if (!existsSync(report)) {
    console.error(`no coverage: the unit tests wrote no ${report}`);
    return false;
  }
  const read = (/** @type {string} */ file) =>
    existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : undefined;
  /** @type {Record<string, import("./coverage-check.mjs").FileCoverage>} */
  const files = JSON.parse(readFileSync(report, "utf8"));
  const gaps = Object.entries(files).flatMap(([path, coverage]) =>
    gapsOf(relative(root, path), coverage, readFileSync(path, "utf8")),
  );
  const complaints = compareCoverage(gaps, readExceptions(read("test/coverage-exceptions.txt") ?? ""), read);
  for (const complaint of complaints) console.error(complaint);
  return complaints.length === 0;
}
