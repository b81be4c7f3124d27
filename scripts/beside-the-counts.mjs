import { writeFileSync } from "node:fs";

/**
 * A reporter for vitest, of what its counts don't show. Tests which failed at first and passed when they ran again are
 * named at the end: the machine was too busy, or a race is hidden there. They count as passed; who reads the run shall
 * know. Errors outside all tests, which fail the run and no test, go to the file MCLU_TEST_ERRORS, a list in JSON.
 */
export default class BesideTheCounts {
  /** @type {string[]} */
  #names = [];

  /** @param {import("vitest/node").TestCase} test */
  onTestCaseResult(test) {
    const { retryCount = 0 } = test.diagnostic() ?? {};
    if (test.ok() && retryCount > 0) this.#names.push(test.fullName);
  }

  /**
   * @param {unknown} _modules
   * @param {readonly { name?: string, message: string, stack?: string }[]} errors
   */
  onTestRunEnd(_modules, errors) {
    for (const name of this.#names) console.log(`passed at the second try: ${name}`);
    const file = process.env.MCLU_TEST_ERRORS;
    if (file === undefined) return;
    // where it came from is all there is to go by
    writeFileSync(file, JSON.stringify(errors.map(({ stack, message }) => stack ?? message)));
  }
}
