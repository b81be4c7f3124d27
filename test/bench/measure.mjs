import { spawn } from "node:child_process";

/**
 * @typedef {object} Candidate
 * @property {string} name
 * @property {readonly string[]} argv
 * @property {NodeJS.ProcessEnv} env
 * @property {(stdout: string) => boolean} answered whether what it printed by then is the whole answer: a run without
 *   it does not count
 * @property {() => void} [prepare] before each run, and no part of it
 * @property {boolean} [firstSight] the time until it has answered, not until it ends
 */

/**
 * @typedef {object} Timings of each run that answered
 * @property {string} name
 * @property {number[]} seconds
 * @property {number[]} [cpu] seconds that the program and all that it started spent in user mode and in the kernel
 * @property {number} failed
 */

/**
 * Runs every candidate in turn, as often as asked, after one turn that is not counted; each turn begins with another.
 * @param {readonly Candidate[]} candidates
 * @param {number} runs
 * @returns {Promise<Timings[]>}
 */
export async function interleave(candidates, runs) {
  const none = () => /** @type {number[]} */ ([]);
  const timings = candidates.map(({ name }) => ({ name, seconds: none(), cpu: none(), failed: 0 }));
  for (let turn = -1; turn < runs; turn++) {
    for (let place = 0; place < candidates.length; place++) {
      const index = (place + turn + 1) % candidates.length;
      const [candidate, timing] = [candidates[index], timings[index]];
      if (!candidate || !timing) continue;
      candidate.prepare?.();
      const taken = await time(candidate);
      if (turn < 0) continue;
      if (taken === undefined) timing.failed++;
      else {
        timing.seconds.push(taken.seconds);
        timing.cpu.push(taken.cpu);
      }
    }
    process.stderr.write(turn < 0 ? "warm " : ".");
  }
  process.stderr.write("\n");
  return timings;
}

/** bash says what its children took, and theirs; what they say on stderr is nobody's. */
const timed = ["bash", "-c", 'TIMEFORMAT="%3U %3S"; time "$@" 2>/dev/null', "bash"];

/**
 * @param {Candidate} candidate
 * @returns {Promise<{ seconds: number, cpu: number } | undefined>} undefined when there was no whole answer
 */
function time({ argv, env, answered, firstSight = false }) {
  return new Promise((resolve) => {
    const start = performance.now();
    const elapsed = () => (performance.now() - start) / 1000;
    const [file = "", ...args] = [...timed, ...argv];
    // ansible refuses any locale that is not UTF-8
    const child = spawn(file, args, { env: { ...env, LC_ALL: "C.UTF-8" }, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let times = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      times += text;
    });
    /** @type {number | undefined} */
    let seen;
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      if (firstSight && seen === undefined && answered(stdout)) seen = elapsed();
    });
    child.once("error", () => resolve(undefined));
    child.once("close", () => {
      const seconds = firstSight ? seen : answered(stdout) ? elapsed() : undefined;
      const [user = 0, system = 0] = times.trim().split(" ").map(Number);
      resolve(seconds === undefined ? undefined : { seconds, cpu: user + system });
    });
  });
}

/**
 * The value below which a part of the values lies, interpolated.
 * @param {readonly number[]} values at least one
 * @param {number} part 0 to 1
 */
export function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}
