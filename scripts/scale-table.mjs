import { line } from "./fault-table.mjs";

/**
 * What a thousand nodes took, as test/fleet/scale.test.ts writes it.
 * @typedef {object} ScaleRecord
 * @property {number} nodes
 * @property {number} failing of these
 * @property {number} ms from the start of the program to its end
 * @property {number} maxRss bytes, at its peak
 * @property {number} peak connections that were open at once
 * @property {number} longestTurn milliseconds of work before it attended to its timers again
 * @property {readonly { name: string, seconds: number, nodes: number, shortest: number, longest: number }[]} deadlines
 *   each with the milliseconds after which nodes were given up
 */

const mebibyte = 1024 ** 2;

/**
 * The part of docs/performance.md that a run fills.
 * @param {ScaleRecord} record
 * @param {string} machine what the times depend on, one sentence
 */
export function renderScale({ nodes, failing, ms, maxRss, peak, longestTurn, deadlines }, machine) {
  const seconds = (/** @type {number} */ time) => (time / 1000).toFixed(2);
  const rows = [
    ["time for all of them, s", "60", (ms / 1000).toFixed(1)],
    ["memory at its peak, MiB", "250", (maxRss / mebibyte).toFixed(0)],
    ["connections at once", "32", String(peak)],
    ["longest turn, ms of CPU", "100", longestTurn.toFixed(0)],
    ...deadlines.map((deadline) => [
      `${deadline.name} deadline of ${deadline.seconds} s, ${deadline.nodes} nodes, s`,
      `${seconds(deadline.seconds * 900)}-${seconds(deadline.seconds * 1100)}`,
      `${seconds(deadline.shortest)}-${seconds(deadline.longest)}`,
    ]),
  ];
  return [
    machine,
    "",
    line([`${nodes} nodes, ${failing} of them failing`, "limit", "measured"]),
    line(["---", "---", "---"]),
    ...rows.map(line),
  ].join("\n");
}
