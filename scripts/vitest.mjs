import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
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
  const reporters = ["default", "json", "./scripts/beside-the-counts.mjs"].map((name) => `--reporter=${name}`);
  reporters.push(`--outputFile.json=${report}`);
  const errors = join(directory, `${project}-errors.json`);
  const env = { ...(options.env ?? process.env), MCLU_TEST_ERRORS: errors };
  const { code } = await run([...argv, ...reporters], { ...options, env });
  const counts = existsSync(report)
    ? count(JSON.parse(readFileSync(report, "utf8")))
    : { passed: 0, failed: 0, failures: [] };
  if (code === 0) return counts;
  const outside = existsSync(errors) ? JSON.parse(readFileSync(errors, "utf8")) : [];
  const failures = [...counts.failures, ...outside];
  if (failures.length === 0) failures.push(`vitest ended with ${code}, and no test failed`);
  return { ...counts, failed: Math.max(counts.failed, 1), failures };
}

/**
 * @typedef {{ status: string, fullName: string, failureMessages?: string[] }} Assertion
 * @typedef {{ name: string, status: string, message?: string, assertionResults: Assertion[] }} TestFile
 */

/**
 * @param {{ testResults: TestFile[] }} report
 * @returns {Required<import("./steps.mjs").Counts>}
 */
export function count({ testResults }) {
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ status, fullName, failureMessages }) => ({
      status,
      name: `${relative(".", name)}: ${fullName}`,
      why: because(failureMessages),
    })),
  );
  const notPassed = tests.filter(({ status }) => status !== "passed");
  // a file that cannot be loaded, or whose hooks fail, has no failed test of its own
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((assertion) => assertion.status === "failed"),
  );
  const around = "it could not be loaded, or what is around its tests failed";
  const failures = [
    ...notPassed.map(({ status, name, why }) =>
      status === "failed" ? `${name}${why}` : `${name} (${status}: it did not run)`,
    ),
    ...broken.map(({ name, message }) => `${relative(".", name)}: ${around}${because(message ? [message] : [])}`),
  ];
  return { passed: tests.length - notPassed.length, failed: failures.length, failures };
}

/**
 * The reasons, indented below a name: of a long log often the end alone is kept. Of each try the lines before its stack,
 * where they are not too many.
 * @param {readonly string[]} [messages]
 */
function because(messages = []) {
  const lines = messages.flatMap((message) => {
    const [said = [], stack] = splitAtStack(stripVTControlCharacters(message).split("\n"));
    return [...said.slice(0, 20), ...(stack === undefined ? [] : [stack])];
  });
  return lines.map((line) => `\n    ${line.slice(0, 400)}`).join("");
}

/**
 * @param {readonly string[]} lines
 * @returns {[string[], string | undefined]} the first line of the stack that is of a test's file, if any
 */
function splitAtStack(lines) {
  const at = lines.findIndex((line) => /^ +at /.test(line));
  if (at < 0) return [[...lines], undefined];
  return [
    lines.slice(0, at),
    lines
      .slice(at)
      .find((line) => line.includes(".test.ts"))
      ?.trim(),
  ];
}
