import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mergeProcessCovs } from "@bcoe/v8-coverage";

/**
 * V8's count of the functions of a script (`NODE_V8_COVERAGE`).
 * @typedef {import("node:inspector").Profiler.ScriptCoverage} ScriptCoverage
 * @typedef {{ result: ScriptCoverage[] }} ProcessCoverage
 */

/** Milliseconds. */
const pace = 5000;

/**
 * Adds up what runs of the built program execute of it, for as long as tests run.
 * @param {string} temporary a directory for it
 * @returns where the runs are to leave their counts, the file of the sum, and what writes that
 */
export function counting(temporary) {
  const leave = join(temporary, "built-counts");
  mkdirSync(leave);
  const sum = new BuiltCounts(leave);
  const timer = setInterval(() => sum.gather(), pace);
  const counts = join(temporary, "built-counts.json");
  return {
    leave,
    counts,
    end() {
      clearInterval(timer);
      sum.write(counts);
    },
  };
}

/**
 * What the runs of the built program executed of it, all together. Each run leaves half a megabyte, and there are
 * thousands: they are added up and removed as they come.
 */
export class BuiltCounts {
  #directory;
  /** @type {ProcessCoverage} */
  #sum = { result: [] };

  /** @param {string} directory where the runs leave theirs */
  constructor(directory) {
    this.#directory = directory;
  }

  /** Adds up what is there and removes it. What is only half written waits for the next time. */
  gather() {
    const counts = readdirSync(this.#directory).flatMap((name) => {
      const file = join(this.#directory, name);
      const one = readCounts(file);
      if (one) rmSync(file);
      return one ?? [];
    });
    if (counts.length > 0) this.#sum = mergeProcessCovs([this.#sum, ...counts]);
  }

  /**
   * Adds up the last ones and writes the functions of the sum.
   * @param {string} file
   */
  write(file) {
    this.gather();
    writeFileSync(file, JSON.stringify(this.#sum.result.flatMap(({ functions }) => functions)));
  }
}

/**
 * What one run counted in the program: all else that it loaded is Node's own.
 * @param {string} file
 * @returns {ProcessCoverage | undefined} undefined: the file is not all there
 */
function readCounts(file) {
  try {
    /** @type {ProcessCoverage} */
    const { result } = JSON.parse(readFileSync(file, "utf8"));
    return { result: result.filter(({ url }) => url.endsWith("/dist/program.cjs")) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
