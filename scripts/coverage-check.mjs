/**
 * What is used of the report that vitest writes with `--coverage.reporter=json` (Istanbul's format). Lines count from 1.
 * @typedef {{ line?: number, column?: number | null }} Place
 * @typedef {{ start: Place, end: Place }} Span
 * @typedef {object} FileCoverage
 * @property {Record<string, { type: string, loc: Span, locations: Span[] }>} branchMap
 * @property {Record<string, number[]>} b how often each side of each branch was taken
 * @property {Record<string, { decl: Span, loc: Span }>} fnMap
 * @property {Record<string, number>} f how often each function was called
 *
 * @typedef {{ file: string, line: number, text: string, what: string[] }} Gap one line with what was not executed of it
 * @typedef {{ file: string, text: string, reason: string }} Exception
 *
 * @typedef {object} Found
 * @property {readonly Gap[]} unit what the unit tests leave out
 * @property {readonly Gap[]} within the same, with what is in functions that they do not call
 * @property {readonly Gap[]} [both] what the tests on the cluster leave out too; undefined: none ran
 */

/**
 * The lines of a file with a branch that was not taken, or with a function that was not called. Of such a function there
 * is this line alone: what is in it says nothing more.
 * @param {string} file
 * @param {FileCoverage} coverage
 * @param {string} source
 * @param {{ within?: boolean }} [options] within: what is in such functions too
 * @returns {Gap[]}
 */
export function gapsOf(file, coverage, source, { within: whole = false } = {}) {
  const lines = source.split("\n");
  /** @type {Map<number, Gap>} */
  const gaps = new Map();
  const add = (/** @type {number} */ line, /** @type {string} */ what) => {
    const gap = gaps.get(line) ?? { file, line, text: (lines[line - 1] ?? "").trim(), what: [] };
    gap.what.push(what);
    gaps.set(line, gap);
  };
  const uncalled = Object.entries(coverage.fnMap).flatMap(([key, found]) => (coverage.f[key] === 0 ? [found] : []));
  const inUncalled = (/** @type {Place} */ place, /** @type {unknown} */ self = undefined) =>
    !whole &&
    uncalled.some((found) => found !== self && within(place, { start: found.decl.start, end: found.loc.end }));
  for (const found of uncalled) {
    const { start } = found.decl;
    if (!inUncalled(start, found)) add(start.line ?? 0, "a function");
  }
  for (const [key, { type, loc, locations }] of Object.entries(coverage.branchMap)) {
    if (inUncalled(loc.start)) continue;
    for (const [side, span] of locations.entries()) {
      if (coverage.b[key]?.[side] !== 0) continue;
      // an `else` that is not written has no place of its own
      const written = span.start?.line !== undefined;
      add((written ? span.start.line : loc.start.line) ?? 0, written ? sideName(type, side) : "the way past an if");
    }
  }
  return [...gaps.values()].sort((a, b) => a.line - b.line);
}

/**
 * @param {string} type Istanbul's
 * @param {number} side
 */
function sideName(type, side) {
  if (type === "if") return side === 0 ? "what an if guards" : "an else";
  if (type === "cond-expr") return side === 0 ? "the first of `? :`" : "the second of `? :`";
  if (type === "binary-expr") return `operand ${side + 1} of a chain`;
  return type === "switch" ? "a case" : "a default value";
}

/**
 * @param {Place} place
 * @param {Span} span
 */
function within(place, { start, end }) {
  return !before(place, start) && before(place, end);
}

/**
 * @param {Place} one
 * @param {Place} other its column is null where it is the end of the line
 */
function before({ line = 0, column }, other) {
  const at = other.line ?? 0;
  return line < at || (line === at && (column ?? Infinity) < (other.column ?? Infinity));
}

/**
 * Reads test/coverage-exceptions.txt: a file, indented by two spaces a reason, by four a line of the file.
 * @param {string} text
 * @returns {Exception[]}
 */
export function readExceptions(text) {
  let file = "";
  let reason = "";
  /** @type {Exception[]} */
  const exceptions = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const indent = /^ */.exec(line)?.[0].length;
    if (indent === 0) [file, reason] = [line, ""];
    else if (indent === 2 && file !== "") reason = line.trim();
    else if (indent === 4 && reason !== "") exceptions.push({ file, reason, text: line.trim() });
    else throw new Error(`line ${index + 1} is no file, no reason below a file and no line below a reason: ${line}`);
  }
  return exceptions;
}

/** A reason that says where on the real cluster a line is executed. */
const isOnCluster = (/** @type {Exception} */ { reason }) => /^test\/(?:fleet|faults)\//.test(reason);

/**
 * What is wrong, a line each; empty: every branch is executed or listed. A line stands in the list as often as in the file.
 * @param {Found} found
 * @param {readonly Exception[]} exceptions
 * @param {(file: string) => string | undefined} read the text of a file
 */
export function compareCoverage({ unit, within, both }, exceptions, read) {
  const complaints = exceptions.flatMap(({ file, reason }) => {
    const named = /^test\/[^:]*/.exec(reason)?.[0];
    return named !== undefined && read(named) === undefined ? [`${file}: a reason names ${named}: no file`] : [];
  });
  const [open, unused] = withoutListed(unit, exceptions);
  const [, needless] = withoutListed(unlisted(within, unit), unused);
  for (const { file, text, reason } of needless) {
    if (reason.startsWith("sometimes:")) continue;
    const there = read(file)
      ?.split("\n")
      .some((line) => line.trim() === text);
    complaints.push(`${file}: listed, but ${there ? "executed now" : "not in the file"}, take it out: ${text}`);
  }
  for (const { file, line, text, what } of open)
    complaints.push(`${file}:${line}: no unit test executes ${what.join(", ")}: ${text}`);
  const [never] = withoutListed(
    both ?? [],
    exceptions.filter((one) => !isOnCluster(one)),
  );
  for (const { file, line, text, what } of unlisted(never, open))
    complaints.push(`${file}:${line}: neither a unit test nor the cluster executes ${what.join(", ")}: ${text}`);
  return complaints.length === 0 ? [] : [...complaints, ...advice(open, never)];
}

/**
 * The gaps that are not in a list, and what of the list is no gap.
 * @template {{ file: string, text: string }} Listed
 * @param {readonly Gap[]} gaps
 * @param {readonly Listed[]} list
 * @returns {[Gap[], Listed[]]}
 */
function withoutListed(gaps, list) {
  const open = [...gaps];
  const unused = list.filter(({ file, text }) => {
    const found = open.findIndex((gap) => gap.file === file && gap.text === text);
    if (found >= 0) open.splice(found, 1);
    return found < 0;
  });
  return [open, unused];
}

/**
 * @param {readonly Gap[]} gaps
 * @param {readonly Gap[]} others
 */
function unlisted(gaps, others) {
  return gaps.filter((gap) => !others.some(({ file, line }) => file === gap.file && line === gap.line));
}

/**
 * What to do about the gaps, with the very lines.
 * @param {readonly Gap[]} open
 * @param {readonly Gap[]} never also not executed on the cluster
 */
function advice(open, never) {
  if (open.length + never.length === 0) return ["Edit test/coverage-exceptions.txt."];
  return [
    "For each: write a unit test (test/ mirrors src/), or take out what cannot happen. What a real node alone can show goes\n" +
      "into test/coverage-exceptions.txt, below its file, with the fleet test that runs it or the reason why none can:\n",
    ...blocks("test/fleet/NAME.test.ts: WHAT ITS TEST DOES", unlisted(open, never)),
    ...blocks("WHY NOTHING CAN EXECUTE IT", never),
  ];
}

/**
 * @param {string} reason
 * @param {readonly Gap[]} gaps
 */
function blocks(reason, gaps) {
  return [...new Set(gaps.map(({ file }) => file))].map((file) => {
    const lines = gaps.filter((gap) => gap.file === file).map(({ text }) => `    ${text}`);
    return [file, `  ${reason}`, ...lines].join("\n");
  });
}
