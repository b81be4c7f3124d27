import { readFileSync, writeFileSync } from "node:fs";
import { quantile } from "./measure.mjs";

/** @typedef {import("./measure.mjs").Timings} Timings */
/** @typedef {{ title: string, timings: readonly Timings[] }} Scenario the first of the timings is what the others are compared with */
/** @typedef {{ text: string, value: number | undefined, limit: number, unit: "x" | "s" }} Goal */

const milliseconds = (/** @type {number} */ seconds) => String(Math.round(seconds * 1000));

/**
 * The median of one candidate, seconds; undefined when it is not installed or never answered.
 * @param {Scenario} scenario
 * @param {string} name
 */
export function median({ timings }, name) {
  const seconds = timings.find((timing) => timing.name === name)?.seconds ?? [];
  return seconds.length === 0 ? undefined : quantile(seconds, 0.5);
}

/**
 * How many times as long one candidate takes as another; undefined where one of them never answered.
 * @param {Scenario} scenario
 * @param {string} ours
 * @param {string} theirs
 */
export function ratio(scenario, ours, theirs) {
  const [a, b] = [median(scenario, ours), median(scenario, theirs)];
  return a === undefined || b === undefined ? undefined : a / b;
}

/**
 * How much longer one candidate takes than another, seconds.
 * @param {Scenario} scenario
 * @param {string} ours
 * @param {string} theirs
 */
export function surplus(scenario, ours, theirs) {
  const [a, b] = [median(scenario, ours), median(scenario, theirs)];
  return a === undefined || b === undefined ? undefined : a - b;
}

/** @param {Scenario} scenario */
export function renderScenario({ title, timings }) {
  const [first] = timings;
  const ours = first && first.seconds.length > 0 ? quantile(first.seconds, 0.5) : undefined;
  const rows = timings.map(({ name, seconds, failed }) => {
    if (seconds.length === 0) return `| ${name} | no answer in ${failed} runs | | |`;
    const own = quantile(seconds, 0.5);
    const quartiles = `${milliseconds(quantile(seconds, 0.25))}-${milliseconds(quantile(seconds, 0.75))}`;
    const ratio = ours === undefined || name === first?.name ? "" : (ours / own).toFixed(2);
    return `| ${name}${failed > 0 ? ` (${failed} runs without an answer)` : ""} | ${milliseconds(own)} | ${quartiles} | ${ratio} |`;
  });
  const head = [`| ${title} | median, ms | quartiles | ${first?.name} / it |`, "|---|---|---|---|"];
  return [...head, ...rows].join("\n");
}

/** @param {readonly Goal[]} goals */
export function renderGoals(goals) {
  const rows = goals.map(({ text, value, limit, unit }) => {
    if (value === undefined) return `| ${text} | ${limit} ${unit} | not measured | |`;
    return `| ${text} | ${limit} ${unit} | ${value.toFixed(2)} ${unit} | ${value <= limit ? "met" : "missed"} |`;
  });
  return ["| goal | at most | measured | |", "|---|---|---|---|", ...rows].join("\n");
}

/**
 * Puts a text between the two marker lines of a document.
 * @param {string} document
 * @param {string} text
 * @param {string} name in the markers
 */
export function replaceMarked(document, text, name = "bench") {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`expected the lines ${begin} and ${end}`);
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}

/** @param {string} file @param {string} text @param {string} [name] */
export function writeMarked(file, text, name) {
  writeFileSync(file, replaceMarked(readFileSync(file, "utf8"), text, name));
}
