#!/usr/bin/env node
// `npm run demo`: a small cluster of real libvirt hosts on this machine, and mclu at work on it. Stays up until
// `npm run demo -- down`. Only Node's own modules: nothing is installed yet.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusterObstacle, installPackages } from "./debian.mjs";
import { installDependencies } from "./dependencies.mjs";
import { root, run } from "./run.mjs";

// never FLEET_DIR of the caller: what is there is deleted. MCLU_DEMO_NET: where 10.98.0.0/24 is taken
const { MCLU_DEMO_NET: net } = process.env;
const directory = net ? `/var/lib/mclu-demo-${net}` : "/var/lib/mclu-demo";
/** @type {NodeJS.ProcessEnv} */
const environment = { ...process.env, FLEET_DIR: directory, FLEET_NET: net || "10.98.0" };
const envFile = join(directory, "env");

/** Node, memory in MiB, vCPUs, running, names. */
const guests = /** @type {const} */ ([
  ["ham0", 192, 1, true, ["web1", "wiki"]],
  ["ham0", 128, 1, false, ["wiki-before-upgrade"]],
  ["ham1", 256, 2, true, ["web2"]],
  ["ham1", 128, 1, false, ["build-runner"]],
  ["ham2", 128, 1, true, ["mail"]],
]);

const [action = "up", ...rest] = process.argv.slice(2);
if ((action !== "up" && action !== "down") || rest.length > 0) {
  console.error("usage: npm run demo            install, build, bring the cluster up, show it");
  console.error("       npm run demo -- down    stop the cluster and delete it");
  process.exitCode = 2;
} else {
  process.exitCode = await (action === "up" ? up() : down());
}

async function up() {
  const obstacle = clusterObstacle();
  if (obstacle !== undefined) {
    console.log(`The demo is a cluster of real libvirt hosts, and cannot run here: ${obstacle}.`);
    console.log(
      "What is left out: the Debian packages, the nodes, the guests. On a Debian machine, as root, all of it runs;",
    );
    console.log("`npm test` runs here what needs no cluster.");
    return 1;
  }
  const prepared =
    (await step("Debian packages", () => installPackages("test/fleet/packages"))) &&
    (await step("npm packages", () => installDependencies())) &&
    (await step("build", () => succeeds(["npm", "run", "--silent", "build"]))) &&
    (await step("three nodes that are on, one that is off, a few guests", bringUp));
  if (!prepared) {
    console.error(
      "\nThe demo is not complete: the messages above say why. `npm run demo -- down` removes what there is.",
    );
    return 1;
  }
  writeEnvironment();
  console.log(
    `\n# In a shell of yours this comes first: mclu is on its PATH then, and knows the nodes\n$ . ${envFile}`,
  );
  let failures = 0;
  for (const command of ["mclu status", "mclu list", "mclu info web1"]) if (!(await show(command))) failures++;
  console.log(`
The cluster stays up. To go on, in any shell:
  . ${envFile}
  mclu build debian-12 first       # a guest of your own, in a few minutes
  mclu wait first --for ssh        # until one can log in: mclu ssh root@first
  mclu status --wide
  mclu list -o json
  mclu --help
  fleet on ham3 && mclu status     # the fourth node is switched on
  fleet help                       # what else the test cluster can do
To remove all of it, here:
  npm run demo -- down`);
  return failures === 0 ? 0 : 1;
}

async function bringUp() {
  // what its own guests are copies of, and what `mclu build debian-12` takes
  for (const image of ["guest", "debian"]) if (!(await fleet(image))) return false;
  // a demo that is there is replaced, so that what is shown is what was promised
  if (!(await fleet("down", "--delete")) || !(await fleet("up", "4")) || !(await fleet("off", "ham3"))) return false;
  letInByOwnKey();
  for (const [node, memory, vcpus, running, names] of guests) {
    const size = ["--memory", String(memory), "--vcpus", String(vcpus)];
    if (!(await fleet("define", node, ...size, ...(running ? ["--start"] : []), ...names))) return false;
  }
  console.log("waiting for web1 to boot (about 15 s, in software)");
  await addressOf("ham0", "web1");
  return true;
}

/** Guests that are built here let the demo's own key in, which ssh uses for everything here: the reader needs none. */
function letInByOwnKey() {
  const file = join(directory, "mclu.conf");
  const setting = `ssh-key = ${join(directory, "home/.ssh/id_ed25519.pub")}\n`;
  writeFileSync(file, readFileSync(file, "utf8").replace("[mclu]\n", `[mclu]\n${setting}`));
}

/**
 * Waits for libvirt to have given the guest an address; a guest that got none in a minute is shown without.
 * @param {string} node
 * @param {string} guest
 */
async function addressOf(node, guest) {
  for (let seconds = 0; seconds < 60; seconds++) {
    const argv = [join(root, "test/fleet/fleet"), "enter", node, "virsh", "-q", "domifaddr", guest];
    const { stdout } = await run(argv, { env: environment, output: "collect" });
    if (stdout.includes("ipv4")) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** A file to source, and a directory for the PATH. */
function writeEnvironment() {
  const bin = join(directory, "bin");
  mkdirSync(bin, { recursive: true });
  const programs = { mclu: [process.execPath, join(root, "dist/cli.cjs")], fleet: [join(root, "test/fleet/fleet")] };
  for (const [name, argv] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${argv.map(quote).join(" ")} "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const variables = {
    MCLU_CONFIG: join(directory, "mclu.conf"),
    MCLU_SSH_CONFIG: join(directory, "ssh_config"),
    FLEET_DIR: directory,
    FLEET_NET: environment.FLEET_NET ?? "",
    ...(net && { MCLU_DEMO_NET: net }),
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  writeFileSync(envFile, `${lines.join("\n")}\nexport PATH=${quote(bin)}:"$PATH"\n`);
}

/**
 * Runs a line as a user would type it, after the env file.
 * @param {string} command
 */
function show(command) {
  console.log(`\n$ ${command}`);
  return succeeds(["sh", "-c", `. ${quote(envFile)}; ${command}`]);
}

async function down() {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    console.error("There is no demo to remove: it runs on Linux only, as root.");
    return 1;
  }
  const there = existsSync(directory);
  // even so: it finds what is up by its names in the kernel
  if (!(await fleet("down", "--delete"))) return 1;
  console.log(
    there
      ? "The demo is gone. Its Debian packages stay, and the images that its guests were copies of, in /var/tmp/mclu-fleet-cache."
      : `There is no demo: ${directory} does not exist.`,
  );
  return 0;
}

/**
 * @param {string} name
 * @param {() => Promise<boolean>} work
 */
async function step(name, work) {
  console.log(`\n== ${name}`);
  return await work();
}

/** @param {readonly string[]} args */
function fleet(...args) {
  return succeeds([join(root, "test/fleet/fleet"), ...args]);
}

/** @param {readonly string[]} argv */
async function succeeds(argv) {
  return (await run(argv, { env: environment })).code === 0;
}

/** @param {string} text one word for sh */
function quote(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
