/**
 * A reporter for vitest that names the tests which failed at first and passed when they ran again: the machine was too
 * busy, or a race is hidden there. They count as passed; who reads the run shall know.
 */
export default class SecondTry {
  /** @type {string[]} */
  #names = [];

  /** @param {import("vitest/node").TestCase} test */
  onTestCaseResult(test) {
    const { retryCount = 0 } = test.diagnostic() ?? {};
    if (test.ok() && retryCount > 0) this.#names.push(test.fullName);
  }

  onTestRunEnd() {
    for (const name of this.#names) console.log(`passed at the second try: ${name}`);
  }
}
