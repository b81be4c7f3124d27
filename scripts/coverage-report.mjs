import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { compareCoverage, gapsOf, readExceptions } from "./coverage-check.mjs";
import { root } from "./run.mjs";

/**
 * What was executed on the cluster.
 * @typedef {object} OnCluster
 * @property {string} directory where vitest wrote the report of its tests, which use the library too
 * @property {string} counts a file: what the built program executed (`BuiltCounts`)
 */

/**
 * Whether the tests executed every branch that test/coverage-exceptions.txt does not list, and none that it lists; prints
 * where not.
 * @param {string} directory where vitest wrote the report of the unit tests
 * @param {OnCluster} [cluster] absent: there was none
 */
export async function coverageHolds(directory, cluster) {
  const unit = readReport(directory);
  const there = cluster && readReport(cluster.directory);
  if (!unit || (cluster && !there)) return false;
  const both = cluster && there && (await withCluster(unit, there, cluster.counts));
  const found = { unit: gaps(unit), within: gaps(unit, { within: true }), ...(both && { both: gaps(both) }) };
  const complaints = compareCoverage(found, readExceptions(read("test/coverage-exceptions.txt") ?? ""), read);
  for (const complaint of complaints) console.error(complaint);
  return complaints.length === 0;
}

/** @param {string} file from the root directory */
function read(file) {
  return existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : undefined;
}

/**
 * @param {Record<string, import("./coverage-check.mjs").FileCoverage>} files by absolute path
 * @param {{ within?: boolean }} [options]
 */
function gaps(files, options) {
  return Object.entries(files).flatMap(([path, coverage]) =>
    gapsOf(relative(root, path), coverage, readFileSync(path, "utf8"), options),
  );
}

/**
 * What vitest wrote, by absolute path.
 * @param {string} directory
 * @returns {Record<string, import("./coverage-check.mjs").FileCoverage> | undefined}
 */
function readReport(directory) {
  const report = join(directory, "coverage-final.json");
  if (existsSync(report)) return JSON.parse(readFileSync(report, "utf8"));
  console.error(`no coverage: the tests wrote no ${report}`);
  return undefined;
}

/**
 * @param {Record<string, import("./coverage-check.mjs").FileCoverage>} unit
 * @param {Record<string, import("./coverage-check.mjs").FileCoverage>} there
 * @param {string} counts
 */
async function withCluster(unit, there, counts) {
  // packages: they may not be installed yet when this file is loaded
  const { addExecuted, readBuilt } = await import("./built-coverage.mjs");
  const built = await readBuilt(counts);
  const sum = (/** @type {[string, import("./coverage-check.mjs").FileCoverage]} */ [path, own]) => [
    path,
    addExecuted(addExecuted(own, there[path]), built[path]),
  ];
  return Object.fromEntries(Object.entries(unit).map(sum));
}
