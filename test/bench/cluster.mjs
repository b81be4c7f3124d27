import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../fleet/fleet", import.meta.url));

export const nodes = ["ham0", "ham1", "ham2", "ham3"];

/**
 * Four nodes, each with five guests of which two run (without a disk: they cost the machine nothing). Goes away with
 * this process, however it ends.
 */
export function startCluster() {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "mclu-bench-")));
  // the fleet deletes its directory: what the candidates write lies beside it
  const work = join(directory, "work");
  mkdirSync(join(work, "control"), { recursive: true });
  const env = { ...process.env, FLEET_DIR: join(directory, "fleet"), FLEET_NET: process.env.BENCH_NET ?? "10.97.0" };
  const fleet = (/** @type {string[]} */ ...args) => execFileSync(script, args, { env, encoding: "utf8" });
  spawn(script, ["guard", String(process.pid)], { env, detached: true, stdio: "ignore" }).unref();
  fleet("up", String(nodes.length));
  for (const node of nodes) {
    fleet("define", node, "--template", "none", "--start", "web1", "web2");
    fleet("define", node, "--template", "none", "db1", "db2", "spare");
  }
  const sshConfig = join(env.FLEET_DIR, "ssh_config");
  // OpenSSH up to 9.8 spends some 90 ms of CPU on making a key for its favourite key exchange
  const fastSshConfig = join(work, "ssh_config.curve25519");
  writeFileSync(fastSshConfig, `KexAlgorithms curve25519-sha256\n${readFileSync(sshConfig, "utf8")}`);
  const many = oneNodeManyTimes(join(work, "many"), fastSshConfig, (/** @type {string[]} */ ...argv) =>
    fleet("enter", "ham0", ...argv),
  );
  return {
    work,
    many,
    configFile: join(env.FLEET_DIR, "mclu.conf"),
    sshConfig,
    fastSshConfig,
    off: (/** @type {string} */ node) => fleet("off", node),
    enter: (/** @type {string} */ node, /** @type {string[]} */ ...argv) => fleet("enter", node, ...argv),
    /** Runs a command on a node, with a text on its stdin. */
    feed: (/** @type {string} */ input, /** @type {string} */ node, /** @type {string[]} */ ...argv) =>
      execFileSync(script, ["enter", node, ...argv], { env, input, encoding: "utf8" }),
    define: (/** @type {string} */ node, /** @type {string[]} */ ...argv) => fleet("define", node, ...argv),
    /** Writes a file below `work`. */
    write: (/** @type {string} */ file, /** @type {string} */ text) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    down: () => {
      endSharedConnections(join(work, "control"));
      fleet("down", "--delete");
      execFileSync("rm", ["-rf", directory]);
    },
  };
}

/** Names of one node, for a cluster of a hundred. */
export const manyNodes = Array.from({ length: 100 }, (_, index) => `n${String(index).padStart(2, "0")}`);

/** A host of libvirt's test driver without guests: about theirs it would have to be asked a second time. */
const testHost = `<node>
  <cpu><mhz>2600</mhz><model>i686</model><active>8</active><nodes>1</nodes><sockets>1</sockets><cores>8</cores><threads>1</threads></cpu>
  <memory>16777216</memory>
</node>`;

/**
 * The first node under a hundred names; its virsh talks to the test driver, so that ssh is what is measured.
 * @param {string} directory
 * @param {string} sshConfig
 * @param {(...argv: string[]) => string} enter runs a command on it
 */
function oneNodeManyTimes(directory, sshConfig, enter) {
  const file = "/var/lib/libvirt/images/test-host.xml";
  enter("sh", "-c", 'printf %s "$1" >"$2"', "sh", testHost, file);
  mkdirSync(directory);
  const settings = readFileSync(sshConfig, "utf8");
  const uri = `test://${file}`;
  const paths = { configFile: join(directory, "mclu.conf"), sshConfig: join(directory, "ssh_config"), uri };
  // the key exchange is held to curve25519 there
  writeFileSync(paths.sshConfig, settings.replace("Host ham0 ", "Host n* ham0 "));
  const names = manyNodes.map((name) => `${name} =\n`).join("");
  writeFileSync(paths.configFile, `[mclu]\nuri = ${uri}\n[nodes]\n${names}`);
  return paths;
}

/**
 * What ansible leaves running for a minute: an ssh for each node, behind a socket.
 * @param {string} directory
 */
function endSharedConnections(directory) {
  for (const socket of readdirSync(directory)) {
    // without it there it has ended by itself
    spawnSync("ssh", ["-S", join(directory, socket), "-O", "exit", "any"], { stdio: "ignore" });
  }
}

/** @typedef {ReturnType<typeof startCluster>} Cluster */
