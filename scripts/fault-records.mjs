import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareFaults, renderFaults } from "./fault-table.mjs";
import { compareInterruptions, renderInterruptions } from "./interruption-table.mjs";
import { root } from "./run.mjs";

/** The pages that runs of tests are written down in: of test/faults, and of interrupted builds. */
const pages = { faults: join(root, "docs/faults.md"), interruptions: join(root, "docs/interruptions.md") };

/**
 * What tests wrote down.
 * @param {string} directory
 */
function readRecords(directory) {
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".json")) : [];
  return names.map((name) => JSON.parse(readFileSync(join(directory, name), "utf8")));
}

/** @param {string} directory what FAULT_RECORDS was */
function recordsOf(directory) {
  return { faults: readRecords(directory), interruptions: readRecords(join(directory, "interruptions")) };
}

/**
 * Whether the two pages say what a run found, but for times and words; prints where they do not.
 * @param {string} directory what FAULT_RECORDS was
 */
export function faultPagesHold(directory) {
  const { faults, interruptions } = recordsOf(directory);
  const complaints = [
    ...compareFaults(readFileSync(pages.faults, "utf8"), faults),
    ...compareInterruptions(readFileSync(pages.interruptions, "utf8"), interruptions),
  ];
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) console.error("the pages are not what this run found: npm run faults -- --write");
  return complaints.length === 0;
}

/**
 * Writes both pages.
 * @param {string} directory what FAULT_RECORDS was
 * @param {string} machine what the times depend on, one sentence
 */
export function writeFaultPages(directory, machine) {
  const { faults, interruptions } = recordsOf(directory);
  writeFileSync(pages.faults, renderFaults(faults, machine));
  writeFileSync(pages.interruptions, renderInterruptions(interruptions));
}
