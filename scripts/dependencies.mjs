import { statSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./run.mjs";

/** Whether node_modules is what package-lock.json wants: npm writes its own record when it has installed. */
export function dependenciesAreCurrent() {
  const installed = modified("node_modules/.package-lock.json");
  return installed !== undefined && installed >= (modified("package-lock.json") ?? 0);
}

/**
 * `npm ci`, unless that was done already.
 * @param {import("./run.mjs").RunOptions} [options]
 * @returns {Promise<boolean>}
 */
export async function installDependencies(options = {}) {
  if (dependenciesAreCurrent()) {
    console.log("node_modules is up to date");
    return true;
  }
  return (await run(["npm", "ci", "--no-progress"], options)).code === 0;
}

/** @param {string} file @returns {number | undefined} milliseconds */
function modified(file) {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs;
}
