import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compareFaults } from "./fault-table.mjs";
import { root } from "./run.mjs";

/** The page that the table of faults is. */
export const faultsPage = join(root, "docs/faults.md");

/**
 * What a run of test/faults wrote down.
 * @param {string} directory what FAULT_RECORDS was
 * @returns {import("./fault-table.mjs").FaultRecord[]}
 */
export function readRecords(directory) {
  const names = readdirSync(directory).filter((name) => name.endsWith(".json"));
  return names.map((name) => JSON.parse(readFileSync(join(directory, name), "utf8")));
}

/**
 * Whether docs/faults.md says what a run found, but for the times; prints where it does not.
 * @param {string} directory what FAULT_RECORDS was
 */
export function faultsPageHolds(directory) {
  const complaints = compareFaults(readFileSync(faultsPage, "utf8"), readRecords(directory));
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) console.error("docs/faults.md is not what this run found: npm run faults -- --write");
  return complaints.length === 0;
}
