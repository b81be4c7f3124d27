import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "./run.mjs";
import { takeTurn } from "./turn.mjs";

/**
 * `npm run NAME -- [--write]`: runs tests of the cluster that write down what they find. The exit code of this process becomes
 * that of the tests, or, where all passed, what `conclude` says.
 * @param {string} name of the script in package.json
 * @param {readonly string[]} tests files of the project `timed`
 * @param {(directory: string) => Record<string, string>} recordIn the variables that tell the tests to write there
 * @param {(directory: string, write: boolean) => number} conclude makes of it what the user asked for; an exit code
 */
export async function record(name, tests, recordIn, conclude) {
  const flags = process.argv.slice(2);
  if (flags.some((flag) => flag !== "--write")) {
    console.error(`usage: npm run ${name} -- [--write]`);
    process.exit(2);
  }
  const directory = mkdtempSync(join(tmpdir(), `${name}-record-`));
  try {
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
    const release = await takeTurn(`npm run ${name} in ${root}, process ${process.pid}`);
    const argv = ["node_modules/.bin/vitest", "run", "--project", "timed", ...tests];
    const { code } = await run(argv, { env: { ...env, ...recordIn(directory) } });
    release();
    process.exitCode = code === 0 ? conclude(directory, flags.includes("--write")) : code;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
