import { parseArgs } from "node:util";

export const allTables = ["start-up", "status", "scale", "build", "start", "stop", "off"];

const usage = `usage: npm run bench -- [--runs 20] [--install] [--write | --tables ${allTables.join(",")}]`;

/**
 * What the benchmark was told to do; where it is to measure nothing, what it says instead, and its exit code.
 * @param {readonly string[]} argv
 * @returns {{ runs: number, write: boolean, install: boolean, tables: readonly string[] } | { code: number, says: string }}
 */
export function benchOptions(argv) {
  const wrong = (/** @type {string} */ why) => ({ code: 2, says: `${usage}\n${why}` });
  /** @type {ReturnType<typeof parse>} */
  let given;
  try {
    given = parse(argv);
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  const { help, write, install, tables, runs: wanted } = given;
  if (help) return { code: 0, says: usage };
  if (write && tables !== undefined) return wrong("--write wants all tables");
  const named = tables?.split(",") ?? allTables;
  const unknown = named.find((name) => !allTables.includes(name));
  if (unknown !== undefined) return wrong(`there is no table ${unknown}`);
  const runs = Number(wanted);
  if (!Number.isInteger(runs) || runs < 1) return wrong("--runs wants a number from 1");
  return { runs, write, install, tables: named };
}

/** @param {readonly string[]} argv */
function parse(argv) {
  return parseArgs({
    args: [...argv],
    options: {
      runs: { type: "string", default: "20" },
      write: { type: "boolean", default: false },
      install: { type: "boolean", default: false },
      tables: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;
}
