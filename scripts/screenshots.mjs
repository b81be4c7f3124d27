#!/usr/bin/env node
// `npm run screenshots`: a cluster of real hosts, mclu typed in tmux, and what then stands on the screen as
// docs/screenshots/*.svg. Needs what `npm run demo` needs, and a build.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ansiToSvg } from "./ansi-svg.mjs";
import { clusterObstacle } from "./debian.mjs";
import { root, run } from "./run.mjs";
import { shots } from "./screenshots-list.mjs";

const directory = mkdtempSync(join(tmpdir(), "mclu-screenshots-"));
const home = join(directory, "home");
const pictures = join(root, "docs/screenshots");
/** @type {NodeJS.ProcessEnv} */
const environment = { ...process.env, FLEET_DIR: join(directory, "fleet"), FLEET_NET: "10.234.0" };
const size = { columns: "100", rows: 50 };

/** What `fleet define` is given. */
const guests = [
  ["ham0", "--memory", "192", "--start", "web1", "wiki"],
  ["ham0", "wiki-before-upgrade"],
  ["ham1", "--memory", "256", "--vcpus", "2", "--start", "web2"],
  ["ham1", "build-runner"],
  ["ham2", "--start", "mail"],
  ["ham3", "--start", "lab"],
];

process.exitCode = await main();

async function main() {
  const obstacle = clusterObstacle();
  if (obstacle !== undefined) {
    console.error(`The screenshots are made on a cluster of real hosts, and cannot be made here: ${obstacle}.`);
    return 1;
  }
  try {
    mkdirSync(home);
    mkdirSync(pictures, { recursive: true });
    await fleet("up", "4");
    for (const [node = "", ...rest] of guests) await fleet("define", node, ...rest);
    // seen once: what is remembered of nodes is there, as on any other day
    await mclu("wait", "web1", "--for", "ip");
    await mclu("list");
    await fleet("off", "ham3");
    for (const { name, typed, title, live } of shots) {
      const screen = await photograph(typed, live);
      writeFileSync(join(pictures, `${name}.svg`), ansiToSvg(`\x1b[32m$\x1b[0m ${typed}\n${screen}`, title));
      console.log(`docs/screenshots/${name}.svg`);
    }
    return 0;
  } finally {
    await run([join(root, "test/fleet/fleet"), "down", "--delete"], { env: environment });
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * What stands on a terminal when a line has ended, with its colours, or when it shows what it was to show.
 * @param {string} typed
 * @param {{ rows: number, shows: RegExp }} [live]
 */
async function photograph(typed, live) {
  const tmux = ["tmux", "-L", `mclu-screenshots-${process.pid}`, "-f", "/dev/null"];
  const line = `${typed}; printf '\\033]2;done\\007'; read -r _`;
  const window = [...tmux, "new-session", "-d", "-x", size.columns, "-y", String(live?.rows ?? size.rows)];
  await must([...window, ...clean(), "TERM=screen", "sh", "-c", line]);
  const isReady = async () => {
    const { stdout: title } = await run([...tmux, "display-message", "-p", "#{pane_title}"], { output: "collect" });
    const isOver = title === "done\n";
    if (title === "" || (live && isOver)) throw new Error(`the terminal of ${typed} ended`);
    return live ? live.shows.test(await must([...tmux, "capture-pane", "-p"])) : isOver;
  };
  try {
    while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 200));
    return await must([...tmux, "capture-pane", "-e", "-p"]);
  } finally {
    await run([...tmux, "kill-server"], { output: "collect" });
  }
}

/** @param {string[]} argv */
function mclu(...argv) {
  return must([...clean(), "mclu", ...argv]);
}

/** A user of the cluster alone, without the settings of whoever runs this. */
function clean() {
  const bin = join(directory, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "mclu"), `#!/bin/sh\nexec ${process.execPath} ${join(root, "dist/cli.cjs")} "$@"\n`, {
    mode: 0o755,
  });
  const files = ["MCLU_CONFIG=mclu.conf", "MCLU_SSH_CONFIG=ssh_config"].map((setting) =>
    setting.replace("=", `=${join(directory, "fleet")}/`),
  );
  return ["env", "-i", `HOME=${home}`, `PATH=${bin}:${process.env.PATH}`, "LANG=C.UTF-8", ...files];
}

/** @param {string[]} argv */
function fleet(...argv) {
  return must([join(root, "test/fleet/fleet"), ...argv]);
}

/** @param {readonly string[]} argv */
async function must(argv) {
  const { code, stdout } = await run(argv, { env: environment, output: "collect" });
  if (code !== 0) throw new Error(`${argv.join(" ")}: exit ${code}`);
  return stdout;
}
