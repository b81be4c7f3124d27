#!/usr/bin/env node
// `npm test`: installs what is missing and runs everything; the last line is `N passed, N failed`. Only Node's own
// modules here and in what it imports: nothing is installed yet. MCLU_REQUIRE_FLEET=1: no real cluster is a failure;
// MCLU_CLUSTER_COVERAGE=1: what the cluster executes is counted too.
import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { coverageHolds } from "./coverage-report.mjs";
import { clusterObstacle, installPackages, missingPrograms } from "./debian.mjs";
import { installDependencies } from "./dependencies.mjs";
import { faultPagesHold } from "./fault-records.mjs";
import { takeDownFleets } from "./fleets.mjs";
import { root, run } from "./run.mjs";
import { Steps } from "./steps.mjs";
import { takeTurn } from "./turn.mjs";
import { runVitest } from "./vitest.mjs";

/** What tests without the cluster call, beside Node: of the packages in test/fleet/packages. */
const programs = ["virsh", "qemu-img", "ssh", "sshd", "busybox", "tcc", "tmux", "zsh", "fish", "tcsh", "jq", "xmllint"];

/** Minutes; what runs then is ended and counts as failed. */
const limit = 86;

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => interruption.abort());
const deadline = setTimeout(() => {
  console.log(`\nno end after ${limit} minutes: stopping`);
  interruption.abort();
}, limit * 60_000);
deadline.unref();

// a place of its own for all that tests leave in temporary directories, fleets above all
const temporary = realpathSync(mkdtempSync(join(tmpdir(), "mclu-test-run-")));
// tests have other users look at what they make in it
chmodSync(temporary, 0o711);
/** @type {NodeJS.ProcessEnv} */
const environment = { ...process.env, TMPDIR: temporary };
// the same inputs every time, so that a change is judged by itself; vitest alone draws new ones
environment.MCLU_FUZZ_SEED ??= "1";
// the tests' own cluster, not that of whoever runs them
for (const name of Object.keys(environment)) {
  if (/^(MCLU_(?!REQUIRE_FLEET|FUZZ)|FLEET_(?!CACHE)|XDG_)/.test(name)) delete environment[name];
}
// reading it takes Node 20 some 50 ms at every start; only npm needs it
const { NODE_EXTRA_CA_CERTS: _, ...quick } = environment;
const { signal } = interruption;

const steps = new Steps();
try {
  await runSteps();
} finally {
  for (const dir of await takeDownFleets(temporary)) console.log(`took down a fleet that was left behind: ${dir}`);
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
}
process.exitCode = steps.conclude();
clearTimeout(deadline);

async function runSteps() {
  const obstacle = clusterObstacle();
  if (obstacle === undefined) {
    await steps.step("debian packages", () => installPackages("test/fleet/packages", { env: environment, signal }));
  } else {
    steps.leaveOut("debian packages", obstacle);
  }
  if (!(await steps.step("npm ci", () => installDependencies({ env: environment, signal })))) return;
  const tool = (/** @type {string[]} */ ...argv) => succeeds(["npm", "run", "--silent", ...argv]);
  await steps.step("build", () => tool("build"));
  await steps.step("lint", () => tool("lint"));
  await steps.step("types", () => tool("types"));
  await steps.step("unused code", () => tool("dead"));
  const reports = join(temporary, "coverage");
  const counted = (/** @type {string} */ directory) => ["--coverage", `--coverage.reportsDirectory=${directory}`];
  // where the packages cannot be installed here, somebody may have done it
  const missing = obstacle === undefined ? [] : missingPrograms(programs);
  if (missing.length === 0) {
    await steps.step("unit tests", () => runVitest("unit", temporary, { env: quick, signal }, counted(reports)));
    await steps.step("fuzz", () => runVitest("fuzz", temporary, { env: quick, signal }));
  } else steps.leaveOut("unit tests, fuzz, coverage", `they use what is not here: ${missing.join(", ")}`);
  if (obstacle === undefined) {
    // another checkout's would use the same networks
    const release = await takeTurn(`npm test in ${root}, process ${process.pid}`, { signal });
    const records = mkdtempSync(join(temporary, "fault-records-"));
    const env = { ...quick, FAULT_RECORDS: records };
    const cluster = process.env.MCLU_CLUSTER_COVERAGE ? await countOnCluster() : undefined;
    const how = { env: { ...env, ...cluster?.env }, signal };
    await steps.step("real cluster", () =>
      runVitest("fleet", temporary, how, cluster ? counted(cluster.directory) : []),
    );
    await steps.step("real cluster, timed", () => runVitest("timed", temporary, how));
    cluster?.end();
    release();
    await steps.step("fault tables", async () => faultPagesHold(records));
    await steps.step("coverage", () => coverageHolds(reports, cluster));
  } else {
    if (missing.length === 0) await steps.step("coverage", () => coverageHolds(reports));
    steps.leaveOut("real cluster", obstacle);
    if (process.env.MCLU_REQUIRE_FLEET) await steps.step("real cluster, required", () => Promise.resolve(false));
  }
}

async function countOnCluster() {
  const { counting } = await import("./built-counts.mjs");
  const { leave, counts, end } = counting(temporary);
  return { env: { BUILT_COVERAGE: leave }, directory: join(temporary, "cluster-coverage"), counts, end };
}

/** @param {string[]} argv */
async function succeeds(argv) {
  return (await run(argv, { env: quick, signal })).code === 0;
}
