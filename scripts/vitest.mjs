import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.mjs";

/**
 * Runs the tests of one vitest project and counts them from vitest's own report. A test that was skipped did not show
 * what it should have: it counts as failed, and so does a run that went wrong in another way.
 * @param {string} project
 * @param {string} directory for the report
 * @param {import("./run.mjs").RunOptions} options
 * @param {readonly string[]} [more] arguments
 * @returns {Promise<import("./steps.mjs").Counts>}
 */
export async function runVitest(project, directory, options, more = []) {
  const report = join(directory, `${project}.json`);
  const argv = ["node_modules/.bin/vitest", "run", "--project", project, ...more];
  const reporters = ["default", "json", "./scripts/second-try.mjs"].map((name) => `--reporter=${name}`);
  reporters.push(`--outputFile.json=${report}`);
  const { code } = await run([...argv, ...reporters], options);
  const counts = existsSync(report) ? count(JSON.parse(readFileSync(report, "utf8"))) : { passed: 0, failed: 0 };
  // an error outside all tests, a time-out of ours
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/**
 * @typedef {{ status: string, fullName: string }} Assertion
 * @typedef {{ name: string, status: string, assertionResults: Assertion[] }} TestFile
 */

/**
 * @param {{ testResults: TestFile[] }} report
 * @returns {import("./steps.mjs").Counts}
 */
export function count({ testResults }) {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const skipped = tests.filter(({ status }) => status !== "passed" && status !== "failed");
  for (const { fullName } of skipped) console.log(`skipped, counted as failed: ${fullName}`);
  const passed = tests.filter(({ status }) => status === "passed").length;
  // a file that cannot be loaded, or whose hooks fail, has no failed test of its own
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((assertion) => assertion.status === "failed"),
  );
  return { passed, failed: tests.length - passed + broken.length };
}
