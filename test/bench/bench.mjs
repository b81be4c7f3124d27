#!/usr/bin/env node
// `npm run bench`: mclu and whichever rivals are installed, run in turn on one cluster. See docs/performance.md.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { clusterObstacle, installPackages } from "../../scripts/debian.mjs";
import { root } from "../../scripts/run.mjs";
import { atScale, mclu, mcluOnScreen, rivals } from "./candidates.mjs";
import { nodes, startCluster } from "./cluster.mjs";
import { describeMachine } from "./machine.mjs";
import { interleave } from "./measure.mjs";
import { median, renderGoals, renderScenario, writeMarked } from "./report.mjs";

/** @typedef {import("./report.mjs").Scenario} Scenario */

const { values: options } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    write: { type: "boolean", default: false },
    install: { type: "boolean", default: false },
  },
});
const runs = Number(options.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error("usage: npm run bench -- [--runs 20] [--install] [--write]\n--runs wants a number from 1");
  process.exit(2);
}
const obstacle = clusterObstacle();
if (obstacle !== undefined) {
  console.error(`the benchmark needs the real cluster, and that cannot run here: ${obstacle}`);
  process.exit(1);
}
if (options.install && !(await installPackages("test/bench/packages"))) process.exit(1);

execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
const document = "docs/performance.md";
const cluster = startCluster();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
try {
  const text = await measure();
  console.log(text);
  if (options.write) {
    writeMarked(join(root, document), text);
    execFileSync("node_modules/.bin/biome", ["format", "--write", document], { cwd: root, stdio: "ignore" });
  }
} finally {
  cluster.down();
}

async function measure() {
  const machine = describeMachine(cluster.enter("ham0", "virsh", "--version"));
  // guests that have just started still look for something to boot
  await sleep(10_000);
  const count = (/** @type {RegExp} */ pattern, /** @type {number} */ wanted) => (/** @type {string} */ stdout) =>
    (stdout.match(pattern)?.length ?? 0) >= wanted;
  const all = nodes.length;

  const version = await scenario("start-up", [
    mclu(cluster, ["--version"], count(/^\d+\.\d+\.\d+/, 1)),
    {
      name: "an empty Node script",
      argv: [process.execPath, emptyScript()],
      env: mclu(cluster, [], Boolean).env,
      answered: () => true,
    },
  ]);
  const everyNode = await scenario("four nodes on", [
    mclu(cluster, ["status"], count(/free:/g, all)),
    ...rivals(cluster, all),
    mclu(cluster, ["list"], count(/^web1 /gm, all)),
  ]);
  const scale = await scenario("one hundred nodes, until the end", atScale(cluster));
  const scaleCpu = {
    title: "one hundred nodes, CPU of the client",
    timings: scale.timings.map(({ cpu = [], ...timing }) => ({ ...timing, seconds: cpu })),
  };
  cluster.off("ham3");
  const oneOff = await scenario("three nodes on, one off", [
    mclu(cluster, ["status"], count(/free:|off$/gm, all)),
    mcluOnScreen(cluster, all - 1),
    // seconds of waiting for a dead node: which key exchange comes before them shows nowhere
    ...rivals(cluster, all - 1).filter(({ name }) => !name.includes(",") || name === "ssh, all at once"),
  ]);

  const ratio = (/** @type {Scenario} */ of, /** @type {string} */ ours, /** @type {string} */ theirs) => {
    const [a, b] = [median(of, ours), median(of, theirs)];
    return a === undefined || b === undefined ? undefined : a / b;
  };
  const status = "mclu status";
  const fastClush = "clush, curve25519";
  const goals = renderGoals([
    { text: "`status` against pdsh", value: ratio(everyNode, status, "pdsh -R ssh"), limit: 1, unit: "x" },
    { text: "`status` against ansible", value: ratio(everyNode, status, "ansible -m raw"), limit: 0.4, unit: "x" },
    { text: "CPU for 100 nodes against clush", value: ratio(scaleCpu, status, fastClush), limit: 0.6, unit: "x" },
    { text: "time for 100 nodes against clush", value: ratio(scale, status, fastClush), limit: 1, unit: "x" },
    { text: "`status`, one node off", value: median(oneOff, status), limit: 1.4, unit: "s" },
    {
      text: "its live rows on a terminal",
      value: median(oneOff, `${status}, rows on a terminal`),
      limit: 0.35,
      unit: "s",
    },
    {
      text: "`--version` against an empty script",
      value: ratio(version, "mclu --version", "an empty Node script"),
      limit: 1.8,
      unit: "x",
    },
  ]);
  const tables = [everyNode, oneOff, scale, scaleCpu, version].map(renderScenario);
  return [`${machine} Medians of ${runs} runs.`, ...tables, goals].join("\n\n");
}

/**
 * @param {string} title
 * @param {readonly import("./measure.mjs").Candidate[]} candidates
 * @returns {Promise<Scenario>}
 */
async function scenario(title, candidates) {
  process.stderr.write(`${title}: ${candidates.map(({ name }) => name).join(" | ")}\n`);
  return { title, timings: await interleave(candidates, runs) };
}

function emptyScript() {
  const file = join(cluster.work, "empty.mjs");
  writeFileSync(file, "");
  return file;
}
