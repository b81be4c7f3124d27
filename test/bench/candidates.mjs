import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { manyNodes, nodes } from "./cluster.mjs";

/** @typedef {import("./cluster.mjs").Cluster} Cluster */
/** @typedef {import("./measure.mjs").Candidate} Candidate */

const program = fileURLToPath(new URL("../../dist/cli.cjs", import.meta.url));

// Node 20 reads the file it names at every start, which takes some 50 ms; MCLU_ would be the caller's own cluster
const base = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(NODE_EXTRA_CA_CERTS|MCLU_.*|ANSIBLE_.*|PDSH_.*)$/.test(name)),
);

/** @param {string} text @param {RegExp} pattern */
const count = (text, pattern) => text.match(pattern)?.length ?? 0;

/**
 * mclu, as a user runs it.
 * @param {Cluster} cluster
 * @param {readonly string[]} args
 * @param {Candidate["answered"]} answered
 * @returns {Candidate}
 */
export function mclu(cluster, args, answered) {
  return {
    name: `mclu ${args.join(" ")}`,
    argv: [process.execPath, program, ...args],
    env: mcluEnv(cluster),
    answered,
  };
}

/**
 * `mclu status` until the rows of `on` nodes are on the screen, which is a terminal of `script`.
 * @param {Cluster} cluster
 * @param {number} on
 * @returns {Candidate}
 */
export function mcluOnScreen(cluster, on) {
  const argv = ["script", "-qfec", `exec '${process.execPath}' '${program}' status`, "/dev/null"];
  // all is drawn again for each row: what counts is the last drawing
  const answered = (/** @type {string} */ screen) => count(screen.split("\x1b[J").at(-1) ?? "", /free:/g) >= on;
  return { name: "mclu status, rows on a terminal", argv, env: mcluEnv(cluster), answered, firstSight: true };
}

/**
 * A command on a node over OpenSSH.
 * @param {string} config of ssh
 * @param {string} node
 * @param {string} command
 * @param {Candidate["answered"]} answered
 * @returns {Candidate}
 */
export function ssh(config, node, command, answered) {
  return { name: `ssh ${command}`, argv: ["ssh", "-F", config, node, command], env: base, answered };
}

/** @param {Cluster} cluster @returns {NodeJS.ProcessEnv} */
function mcluEnv(cluster) {
  const { configFile: MCLU_CONFIG, sshConfig: MCLU_SSH_CONFIG, work } = cluster;
  const own = {
    XDG_CACHE_HOME: join(work, "cache"),
    XDG_STATE_HOME: join(work, "state"),
    MCLU_PATH: join(work, "templates"),
  };
  return { ...base, ...own, TERM: "xterm", MCLU_CONFIG, MCLU_SSH_CONFIG };
}

/**
 * `mclu status` of a hundred nodes, and clush with the very virsh commands that mclu runs there.
 * @param {Cluster} cluster
 * @returns {Candidate[]}
 */
export function atScale(cluster) {
  const { configFile, sshConfig, uri } = cluster.many;
  const ours = mclu({ ...cluster, configFile, sshConfig }, ["status"], (text) => count(text, /free:/g) >= 100);
  const virsh = `virsh -r -c ${uri} 'nodeinfo; list --all --uuid --name; domstats --raw --state --vcpu --balloon --nowait'`;
  const clush = {
    name: "clush, curve25519",
    argv: ["clush", "-w", manyNodes.join(","), "-o", `-F ${sshConfig}`, virsh],
    env: base,
    answered: (/** @type {string} */ text) => count(text, /CPU\(s\):/g) >= 100,
  };
  return isInstalled("clush") ? [ours, clush] : [ours];
}

/**
 * Whichever of the others are installed, each running only `virsh nodeinfo` on every node, with the user's settings of
 * ssh and with a fast key exchange.
 * @param {Cluster} cluster
 * @param {number} on how many nodes have to answer
 * @returns {Candidate[]}
 */
export function rivals(cluster, on) {
  const answered = (/** @type {string} */ text) => count(text, /CPU\(s\):/g) >= on;
  const variants = [
    { label: "", config: cluster.sshConfig },
    { label: ", curve25519", config: cluster.fastSshConfig },
  ];
  return variants.flatMap(({ label, config }) =>
    commands(cluster, config)
      .filter(({ argv: [file = ""] }) => isInstalled(file))
      .map(({ name, argv, env }) => ({ name: `${name}${label}`, argv, env: { ...base, ...env }, answered })),
  );
}

/**
 * kcli, which has no command that asks so little: the list of all guests, of every node, over libvirt's own ssh
 * transport. Nothing where it is not installed: Debian has no package of it.
 * @param {Cluster} cluster
 * @param {number} on how many nodes have to answer
 * @returns {Candidate[]}
 */
export function kcli(cluster, on) {
  if (!isInstalled("kcli")) return [];
  const home = join(cluster.work, "kcli");
  const transport = join(home, "ssh");
  cluster.write(transport, `#!/bin/sh\nexec ssh -F '${cluster.sshConfig}' "$@"\n`);
  chmodSync(transport, 0o755);
  const url = (/** @type {string} */ node) => `qemu+ssh://root@${node}/system?command=${transport}&no_tty=1`;
  const hosts = nodes.map((node) => `${node}:\n  type: kvm\n  url: ${url(node)}\n`).join("");
  cluster.write(join(home, ".kcli/config.yml"), `default:\n  client: ${nodes[0]}\n${hosts}`);
  const answered = (/** @type {string} */ text) => count(text, /^\| +web1 /gm) >= on;
  const argv = ["kcli", "-C", "all", "list", "vm"];
  return [{ name: kcliName, argv, env: { ...base, HOME: home }, answered }];
}

/** As it stands in the table. */
export const kcliName = "kcli -C all list vm";

/** @param {Cluster} cluster @param {string} config */
function commands(cluster, config) {
  const parallel = nodes.map((node) => `ssh -F '${config}' ${node} virsh nodeinfo &`).join("\n");
  const list = nodes.join(",");
  const ansible = [
    ...["ansible", "all", "-i", `${list},`, "-u", "root", "--ssh-common-args", `-F ${config}`],
    ...["-m", "raw", "-a", "virsh nodeinfo"],
  ];
  // kept connections of one variant must not serve the other
  const controlPath = join(cluster.work, "control", `${basename(config)}-%%h`);
  const ansibleEnv = { ANSIBLE_HOME: cluster.work, ANSIBLE_SSH_CONTROL_PATH: controlPath };
  return [
    { name: "ssh, all at once", argv: ["sh", "-c", `${parallel}\nwait`], env: {} },
    {
      name: "pdsh -R ssh",
      argv: ["pdsh", "-R", "ssh", "-w", list, "virsh", "nodeinfo"],
      env: { PDSH_SSH_ARGS_APPEND: `-F ${config}` },
    },
    { name: "clush", argv: ["clush", "-w", list, "-o", `-F ${config}`, "virsh nodeinfo"], env: {} },
    // as it is shipped: its connections stay open for a minute, and every run but the first finds them so
    { name: "ansible -m raw", argv: ansible, env: ansibleEnv },
    {
      name: "ansible -m raw, connecting",
      argv: ansible,
      env: { ...ansibleEnv, ANSIBLE_SSH_ARGS: "-o ControlMaster=no" },
    },
  ];
}

/** @param {string} program */
function isInstalled(program) {
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", program]).status === 0;
}
