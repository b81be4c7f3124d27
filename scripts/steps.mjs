/** @typedef {{ passed: number, failed: number, failures?: string[] }} Counts failures: the names of what failed */

/** What is counted: each step as one check, or the tests it ran. */
export class Steps {
  /** @type {{ name: string, counts: Counts, seconds: number, note?: string }[]} */
  #done = [];
  /** @type {string[]} */
  #leftOut = [];

  /**
   * Runs a step and counts it.
   * @param {string} name
   * @param {() => Promise<boolean | Counts>} work a boolean counts as one check
   * @returns {Promise<boolean>} whether nothing of it failed
   */
  async step(name, work) {
    console.log(`\n== ${name}`);
    const start = performance.now();
    const result = await work();
    const counts = typeof result === "boolean" ? { passed: Number(result), failed: Number(!result) } : result;
    this.#done.push({ name, counts, seconds: (performance.now() - start) / 1000 });
    return counts.failed === 0;
  }

  /**
   * A step that this machine does not allow.
   * @param {string} name
   * @param {string} reason
   */
  leaveOut(name, reason) {
    this.#leftOut.push(`left out: ${name}: ${reason}`);
  }

  /** Prints what was done, ending in the line `N passed, N failed`. Returns the exit code. */
  conclude() {
    console.log("\n== summary (each step is one check, except that of tests each one counts)");
    for (const { name, counts, seconds } of this.#done) {
      const failures = counts.failed > 0 ? `, ${counts.failed} FAILED` : "";
      console.log(`${name.padEnd(22)} ${seconds.toFixed(1).padStart(6)} s   ${counts.passed} passed${failures}`);
    }
    // beside the counts: of a log of thousands of lines the end is read first
    for (const { name, counts } of this.#done) {
      for (const failure of counts.failures ?? []) console.log(`failed: ${name}: ${failure}`);
    }
    for (const line of this.#leftOut) console.log(line);
    const total = (/** @type {"passed" | "failed"} */ key) =>
      this.#done.reduce((sum, { counts }) => sum + counts[key], 0);
    console.log(`${total("passed")} passed, ${total("failed")} failed`);
    return total("failed") === 0 && total("passed") > 0 ? 0 : 1;
  }
}
