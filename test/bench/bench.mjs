#!/usr/bin/env node
// `npm run bench`: mclu and whichever rivals are installed, run in turn on one cluster. See docs/performance.md.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { clusterObstacle, installPackages } from "../../scripts/debian.mjs";
import { root } from "../../scripts/run.mjs";
import { atScale, kcli, kcliName, mclu, mcluOnScreen, rivals } from "./candidates.mjs";
import { builds, starts, stopSeconds, stops } from "./changes.mjs";
import { nodes, startCluster } from "./cluster.mjs";
import { describeMachine } from "./machine.mjs";
import { interleave } from "./measure.mjs";
import { benchOptions } from "./options.mjs";
import { median, ratio, renderGoals, renderScenario, surplus, writeMarked } from "./report.mjs";

/** @typedef {import("./report.mjs").Scenario} Scenario */

const options = benchOptions(process.argv.slice(2));
if ("says" in options) {
  (options.code === 0 ? console.log : console.error)(options.says);
  process.exit(options.code);
}
const { tables, runs } = options;
/** The most turns of the tables whose single turn takes most of a minute. */
const slowRuns = 5;
const slowTables = ["build", "stop"];
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

  const version = await scenario("start-up", "start-up", () => [
    mclu(cluster, ["--version"], count(/^\d+\.\d+\.\d+/, 1)),
    {
      name: "an empty Node script",
      argv: [process.execPath, emptyScript()],
      env: mclu(cluster, [], Boolean).env,
      answered: () => true,
    },
  ]);
  const everyNode = await scenario("status", "four nodes on", () => [
    mclu(cluster, ["status"], count(/free:/g, all)),
    ...rivals(cluster, all),
    ...kcli(cluster, all),
    mclu(cluster, ["list"], count(/^web1 /gm, all)),
  ]);
  const scale = await scenario("scale", "one hundred nodes, until the end", () => atScale(cluster));
  const scaleCpu = scale && {
    title: "one hundred nodes, CPU of the client",
    timings: scale.timings.map(({ cpu = [], ...timing }) => ({ ...timing, seconds: cpu })),
  };
  const build = await scenario("build", "build of the tiny guest", () => builds(cluster));
  const start = await scenario("start", "start of a guest", () => starts(cluster));
  const stop = await scenario("stop", `stop of guests that take ${stopSeconds} s`, () => stops(cluster));
  // last: a node is off from here on
  const oneOff = await scenario("off", "three nodes on, one off", () => {
    cluster.off("ham3");
    return [
      mclu(cluster, ["status"], count(/free:|off$/gm, all)),
      mcluOnScreen(cluster, all - 1),
      // seconds of waiting for a dead node: which key exchange comes before them shows nowhere
      ...rivals(cluster, all - 1).filter(({ name }) => !name.includes(",") || name === "ssh, all at once"),
    ];
  });

  const status = "mclu status";
  const clush = "clush, curve25519";
  const goals = renderGoals(
    [
      goal(everyNode, "`status` against pdsh as it is installed", 1, "x", (table) =>
        ratio(table, status, "pdsh -R ssh"),
      ),
      goal(everyNode, "`status` against pdsh held to curve25519, as ssh2 is", 1, "x", (table) =>
        ratio(table, status, "pdsh -R ssh, curve25519"),
      ),
      goal(everyNode, "`status` against ansible, which keeps its connections", 0.4, "x", (table) =>
        ratio(table, status, "ansible -m raw"),
      ),
      // where it is not installed nothing is wanted of it
      ...(isMeasured(everyNode, kcliName)
        ? [goal(everyNode, "`status` against kcli", 0.2, "x", (table) => ratio(table, status, kcliName))]
        : []),
      goal(scaleCpu, "CPU for 100 nodes against clush", 0.6, "x", (table) => ratio(table, status, clush)),
      goal(scale, "time for 100 nodes against clush", 1, "x", (table) => ratio(table, status, clush)),
      goal(oneOff, "`status`, one node off", 1.4, "s", (table) => median(table, status)),
      goal(oneOff, "its live rows on a terminal", 0.35, "s", (table) => median(table, `${status}, rows on a terminal`)),
      goal(version, "`--version` against an empty script", 1.8, "x", (table) =>
        ratio(table, "mclu --version", "an empty Node script"),
      ),
      goal(build, "`build` on top of virt-builder", 2, "s", (table) =>
        surplus(table, "mclu build", "ssh virt-builder"),
      ),
      goal(start, "`start` against ssh virsh start", 1.5, "x", (table) =>
        ratio(table, "mclu start", "ssh virsh start"),
      ),
      goal(stop, "`stop` of 20 guests against one of them", 1.2, "x", (table) =>
        ratio(table, "mclu stop, 20 guests", "mclu stop, one of them"),
      ),
    ].flat(),
  );
  const measured = [everyNode, oneOff, scale, scaleCpu, version, build, start, stop].flatMap((table) => table ?? []);
  const few = (build ?? stop) && runs > slowRuns ? `, of ${slowRuns} for ${slowTables.join(" and ")}` : "";
  return [`${machine} Medians of ${runs} runs${few}.`, ...measured.map(renderScenario), goals].join("\n\n");
}

/**
 * A goal of a table that was measured.
 * @param {Scenario | undefined} table
 * @param {string} text
 * @param {number} limit
 * @param {"x" | "s"} unit
 * @param {(table: Scenario) => number | undefined} value
 */
function goal(table, text, limit, unit, value) {
  return table === undefined ? [] : [{ text, limit, unit, value: value(table) }];
}

/** @param {Scenario | undefined} table @param {string} name */
function isMeasured(table, name) {
  return table?.timings.some((timing) => timing.name === name) === true;
}

/**
 * Measures a table; undefined where it was not asked for.
 * @param {string} name
 * @param {string} title
 * @param {() => readonly import("./measure.mjs").Candidate[]} make
 * @returns {Promise<Scenario | undefined>}
 */
async function scenario(name, title, make) {
  if (!tables.includes(name)) return undefined;
  const candidates = make();
  process.stderr.write(`${title}: ${candidates.map(({ name }) => name).join(" | ")}\n`);
  return { title, timings: await interleave(candidates, slowTables.includes(name) ? Math.min(runs, slowRuns) : runs) };
}

function emptyScript() {
  const file = join(cluster.work, "empty.cjs");
  writeFileSync(file, "");
  return file;
}
