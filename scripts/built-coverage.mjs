import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import astV8ToIstanbul from "ast-v8-to-istanbul";
import { parseAstAsync } from "vitest/node";
import { root } from "./run.mjs";

/**
 * @typedef {import("./coverage-check.mjs").FileCoverage} FileCoverage
 * @typedef {import("./coverage-check.mjs").Span} Span
 */

/** What src/boot.ts writes behind the program's text. */
const behind = "\n})";

/**
 * What runs of the built program executed of each source file, found through the bundle's source map by the library that
 * vitest uses for the unit tests.
 * @param {string} file as `BuiltCounts` wrote it
 * @param {string} [program] what was run
 * @returns {Promise<Record<string, FileCoverage>>} by absolute path; a file that is nothing but types is not there
 */
export async function readBuilt(file, program = join(root, "dist/program.cjs")) {
  /** @type {import("node:inspector").Profiler.FunctionCoverage[]} */
  const functions = JSON.parse(readFileSync(file, "utf8"));
  if (functions.length === 0) return {};
  const code = readFileSync(program, "utf8");
  const end = Math.max(...functions.flatMap(({ ranges }) => ranges.map(({ endOffset }) => endOffset)));
  return astV8ToIstanbul({
    code,
    ast: await parseAstAsync(code),
    sourceMap: JSON.parse(readFileSync(`${program}.map`, "utf8")),
    coverage: { url: pathToFileURL(program).href, functions },
    wrapperLength: end - code.length - behind.length,
    ignoreNode: (node, type) => type === "function" && isImport(textOf(code, node)),
  });
}

/** @param {string} code @param {object} node of the parser's, which has places that the library's type does not know */
function textOf(code, node) {
  return "start" in node && "end" in node ? code.slice(Number(node.start), Number(node.end)) : "";
}

/** What the bundler makes of an import(). */
const isImport = (/** @type {string} */ text) => /^\(\) => \(init_\w+\(\), \w+_exports\)$/.test(text);

/**
 * The unit tests' coverage of a file with what the built program executed added to it. The bundler moves functions and
 * shifts columns, but it leaves the branches of a kind in their order: the third `if` is the third. A kind of which the two have
 * different numbers is left as it is, so that a doubt never counts as executed.
 * @param {FileCoverage} unit
 * @param {FileCoverage | undefined} built
 * @returns {FileCoverage}
 */
export function addExecuted(unit, built) {
  if (built === undefined) return unit;
  const sum = structuredClone(unit);
  const theirs = kindsOf(built);
  for (const [kind, own] of kindsOf(sum)) {
    const other = theirs.get(kind) ?? [];
    if (other.length !== own.length) continue;
    for (const [index, { key }] of own.entries()) {
      const from = other[index]?.key ?? "";
      if (kind === functionKind) sum.f[key] = (sum.f[key] ?? 0) + (built.f[from] ?? 0);
      else sum.b[key] = (sum.b[key] ?? []).map((count, side) => count + (built.b[from]?.[side] ?? 0));
    }
  }
  return sum;
}

const functionKind = "function";

/**
 * The functions, and the branches by type and number of sides, each in the order of the text. Functions of the bundler's own
 * stand at the very beginning, where no file has one.
 * @param {FileCoverage} coverage
 */
function kindsOf({ branchMap, fnMap }) {
  const isOurs = (/** @type {Span} */ { start }) => start.line !== 1 || start.column !== 0;
  const all = [
    ...Object.entries(fnMap).flatMap(([key, { loc }]) => (isOurs(loc) ? [{ key, kind: functionKind, at: loc }] : [])),
    ...Object.entries(branchMap).map(([key, one]) => ({
      key,
      kind: `${one.type} ${one.locations.length}`,
      at: one.loc,
    })),
  ];
  const column = (/** @type {{ column?: number | null }} */ place) => place.column ?? Infinity;
  all.sort((a, b) => (a.at.start.line ?? 0) - (b.at.start.line ?? 0) || column(a.at.start) - column(b.at.start));
  /** @type {Map<string, typeof all>} */
  const kinds = new Map();
  for (const one of all) kinds.set(one.kind, [...(kinds.get(one.kind) ?? []), one]);
  return kinds;
}
