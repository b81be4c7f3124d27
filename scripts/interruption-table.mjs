import { line, literal } from "./fault-table.mjs";

/**
 * A build that was interrupted, as test/fleet/interruption.ts writes it.
 * @typedef {object} InterruptionRecord
 * @property {string} stage
 * @property {string} interruption
 * @property {string} holds what the node held then
 * @property {number} removed how many things gc named and removed
 * @property {string} shown what came to the screen about the guest
 * @property {number} code exit code
 */

/** @typedef {(typeof stages)[number]} Stage */
/** @typedef {(typeof interruptions)[number]} Interruption */

/** Where a build is interrupted: the one list, of the tests as well. */
export const stages = /** @type {const} */ ([
  "upload",
  "build",
  "fetch",
  "customize",
  "publish",
  "define, asked for",
  "define, done",
  "start",
  "wait",
]);
export const interruptions = /** @type {const} */ (["connection cut", "client killed", "Ctrl-C", "power cut"]);
const columns = ["stage", "the node then holds", "gc removes", "exit code", "the user sees"];

/**
 * docs/interruptions.md.
 * @param {readonly InterruptionRecord[]} records
 */
export function renderInterruptions(records) {
  const sections = interruptions.map((interruption) => {
    const rows = stages.flatMap((stage) =>
      records.filter((row) => row.stage === stage && row.interruption === interruption),
    );
    return [`## ${interruption}`, "", line(columns), line(columns.map(() => "---")), ...rows.map(renderRow)].join("\n");
  });
  return `${lead(records.length)}\n\n${sections.join("\n\n")}\n`;
}

/** @param {number} count */
function lead(count) {
  return `# Interrupted builds

${count} builds, each interrupted on the real cluster in one way at one stage (\`test/fleet/interruptions.test.ts\`). Afterwards the
node holds the whole guest, or nothing, or what \`mclu gc\` names and removes; and the same \`mclu build\` again, after gc, builds
the guest, or says that it is there. \`npm test\` fails where a row is missing, or says something else of the node, gc or the
exit code. \`npm run faults -- --write\` writes this page.

- **connection cut**: the session is killed on the node. **client killed**: SIGKILL. **Ctrl-C**: SIGINT to the client. **power
  cut**: the node is switched off, and on again while the client still asks for it.
- **upload**: 1 of 6 MiB is there. **build**: what stands in for virt-builder, and makes an empty disk, has written half of its
  file (\`test/fleet/build.test.ts\` interrupts the real one). **fetch**: the same of a cloud image and what stands in for curl.
  **customize**: the image is copied, and virt-customize is about to change the copy. **publish**: the disk has both its
  names. **define, asked for**: libvirt has not heard of it; **define, done**: the job has not. **start**: the guest is about
  to be started. **wait**: the guest runs, and has no address yet.`;
}

/** @param {InterruptionRecord} record */
function renderRow({ stage, holds, removed, code, shown }) {
  return line([stage, holds, removed === 0 ? "" : String(removed), String(code), literal(shown)]);
}

/**
 * What is wrong with the page, after a run; empty: nothing but words.
 * @param {string} page docs/interruptions.md
 * @param {readonly InterruptionRecord[]} records of the run
 * @returns {readonly string[]}
 */
export function compareInterruptions(page, records) {
  const [documented, run] = [cells(page), cells(renderInterruptions(records))];
  const complaints = interruptions.flatMap((interruption) =>
    stages.flatMap((stage) => {
      const name = `${interruption}: ${stage}`;
      const [told, now] = [documented.get(name), run.get(name)];
      if (told === undefined) return [`not in docs/interruptions.md: ${name}`];
      if (now === undefined) return [`documented, but not survived in this run: ${name}`];
      return told === now ? [] : [`${name}\n  documented: ${told}\n  this run:   ${now}`];
    }),
  );
  return complaints;
}

/**
 * Rows by `INTERRUPTION: STAGE`: what the node holds, what gc removes, the exit code.
 * @param {string} page
 */
function cells(page) {
  /** @type {Map<string, string>} */
  const rows = new Map();
  let section = "";
  for (const each of page.split("\n")) {
    if (each.startsWith("## ")) section = each.slice(3);
    const [, stage = "", ...rest] = each.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (stages.some((one) => one === stage)) rows.set(`${section}: ${stage}`, rest.slice(0, 3).join(" | "));
  }
  return rows;
}
