/**
 * A fault that mclu survived, as test/faults/record.ts writes it.
 * @typedef {object} FaultRecord
 * @property {string} group
 * @property {string} fault
 * @property {string} command what was typed
 * @property {string} shown the first lines of what came to the screen
 * @property {string} reason "" where no node failed
 * @property {string} hint what mclu says to type next, or ""
 * @property {number} code exit code
 * @property {number} ms from the start of the program to its end
 */

/** Fewer rows than these are not the table that the documentation promises. */
export const leastRows = 60;

const columns = ["fault", "typed", "shown", "reason", "to type next", "exit code", "seconds"];

/**
 * docs/faults.md. Groups and faults are in alphabetical order, so that only times differ from run to run.
 * @param {readonly FaultRecord[]} records
 * @param {string} machine what the times depend on, one sentence
 */
export function renderFaults(records, machine) {
  const groups = [...new Set(records.map(({ group }) => group))].sort();
  const sections = groups.map((group) => {
    const rows = records.filter((record) => record.group === group).map(renderRow);
    return [`## ${group}`, "", line(columns), line(columns.map(() => "---")), ...rows.sort()].join("\n");
  });
  return `${lead(records.length, machine)}\n\n${sections.join("\n\n")}\n`;
}

/**
 * @param {number} count
 * @param {string} machine
 */
function lead(count, machine) {
  return `# Faults and what mclu makes of them

${count} ways in which a node, a network, a key, a name or this machine can go wrong. Each row is a test in \`test/faults\`:
the built program ran against real hosts that were broken in this way; afterwards nothing of it was left on any node or
here. \`npm test\` runs all of them and fails when one is missing, or its command, reason or exit code is not what this page says.
The times are of one run: ${machine}

\`npm run faults\` runs the tests and compares, \`npm run faults -- --write\` writes this page anew. Addresses, home
directories and fingerprints are replaced by fixed ones; of what is shown, the first lines are here.`;
}

/** @param {FaultRecord} record */
function renderRow({ fault, command, shown, reason, hint, code, ms }) {
  const seconds = (ms / 1000).toFixed(1);
  return line([escapeCell(fault), literal(command), literal(shown), reason, literal(hint), String(code), seconds]);
}

/** @param {readonly string[]} cells */
export function line(cells) {
  return `| ${cells.join(" | ")} |`;
}

/** @param {string} text */
function escapeCell(text) {
  return text.replaceAll("\\", "\\\\").replaceAll("|", "\\|");
}

/**
 * Each line as code; "" stays "".
 * @param {string} text
 */
export function literal(text) {
  const lines = text.split("\n").filter((each) => each !== "");
  return lines.map((each) => `\`\`${each.replaceAll("|", "\\|")}\`\``).join("<br>");
}

/**
 * What is wrong with the page, after a run; empty: nothing but times differs.
 * @param {string} page docs/faults.md
 * @param {readonly FaultRecord[]} records of the run
 * @param {number} [least] rows
 * @returns {readonly string[]}
 */
export function compareFaults(page, records, least = leastRows) {
  const documented = tableRows(page);
  const run = tableRows(renderFaults(records, ""));
  const complaints = [];
  for (const [name, row] of documented) {
    const now = run.get(name);
    if (now === undefined) complaints.push(`documented, but not survived in this run: ${name}`);
    else if (now !== row) complaints.push(`${name}\n  documented: ${row}\n  this run:   ${now}`);
  }
  for (const name of run.keys()) if (!documented.has(name)) complaints.push(`not in docs/faults.md: ${name}`);
  if (documented.size < least) complaints.push(`${documented.size} rows, expected at least ${least}`);
  return complaints;
}

/**
 * Rows by `GROUP: FAULT`: what was typed, the reason and the exit code. The words on the screen and the command to type next
 * are each test's own matter: OpenSSH says the same thing in more than one way, and not every machine has as many CPUs.
 * @param {string} page
 */
function tableRows(page) {
  /** @type {Map<string, string>} */
  const rows = new Map();
  let group = "";
  for (const each of page.split("\n")) {
    if (each.startsWith("## ")) group = each.slice(3);
    const [, fault] = /^\| (.*?) \| /.exec(each) ?? [];
    if (fault === undefined || fault === columns[0] || fault === "---") continue;
    const [, , typed, , reason, , code] = each.split(/(?<!\\)\| ?/);
    rows.set(`${group}: ${fault}`, `${typed}| ${reason}| ${code}`);
  }
  return rows;
}
