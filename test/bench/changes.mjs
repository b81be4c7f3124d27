import { join } from "node:path";
import { mclu, ssh } from "./candidates.mjs";
import { nodes } from "./cluster.mjs";

/** @typedef {import("./cluster.mjs").Cluster} Cluster */
/** @typedef {import("./measure.mjs").Candidate} Candidate */

/** Seconds that a guest of `stops` takes to switch itself off. */
export const stopSeconds = 3;

/**
 * A guest built by mclu, and its disk by virt-builder alone, with the same commands, on the same node.
 * @param {Cluster} cluster
 * @returns {Candidate[]}
 */
export function builds(cluster) {
  const [disk, commands] = ["/var/lib/libvirt/images/alone.qcow2", "/root/commands"];
  const template = "[template]\nimage = tiny\nmemory = 128M\n";
  cluster.write(join(cluster.work, "templates/bench-tiny.conf"), template);
  cluster.enter("ham0", "sh", "-c", `printf '%s\\n' 'hostname built' 'root-password disabled' >${commands}`);
  const clean = `virsh -q undefine built 2>/dev/null; rm -rf /var/lib/libvirt/images/built.qcow2 ${disk} /var/lib/mclu/jobs; true`;
  const prepare = () => void cluster.enter("ham0", "sh", "-c", clean);
  const argv = ["build", "bench-tiny", "ham0/built", "--no-start", "--no-login"];
  const ours = mclu(cluster, argv, (text) => /^built +ham0 +built/m.test(text));
  const alone = `virt-builder tiny --output ${disk} --format qcow2 --commands-from-file ${commands} && echo whole`;
  return [
    { ...ours, name: "mclu build", prepare },
    {
      ...ssh(cluster.fastSshConfig, "ham0", alone, (text) => /^whole$/m.test(text)),
      name: "ssh virt-builder",
      prepare,
    },
  ];
}

/**
 * One guest started, which has no disk: what is measured is the way to it.
 * @param {Cluster} cluster
 * @returns {Candidate[]}
 */
export function starts(cluster) {
  const prepare = () => void cluster.enter("ham0", "sh", "-c", "virsh -q destroy spare 2>/dev/null; true");
  const theirs = (/** @type {string} */ config) =>
    ssh(config, "ham0", "virsh start spare", (text) => text.includes("started"));
  return [
    { ...mclu(cluster, ["start", "ham0/spare"], (text) => text.includes("spare")), name: "mclu start", prepare },
    { ...theirs(cluster.sshConfig), name: "ssh virsh start", prepare },
    { ...theirs(cluster.fastSshConfig), name: "ssh virsh start, curve25519", prepare },
  ];
}

/**
 * Twenty guests of four nodes, and one of them alone; each switches itself off `stopSeconds` after it was asked to, which
 * the node's virsh sees to: what twenty guests do at their end would be measured on their nodes' CPUs.
 * @param {Cluster} cluster
 * @returns {Candidate[]}
 */
export function stops(cluster) {
  const virsh = `#!/bin/sh
case " $* " in
*" shutdown "*)
for uuid in $(echo "$*" | grep -oE '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'); do
setsid sh -c "sleep ${stopSeconds}; exec /usr/bin/virsh -q destroy $uuid" </dev/null >/dev/null 2>&1 &
done ;;
*) exec /usr/bin/virsh "$@" ;;
esac
`;
  const setUp =
    "mkdir -p /run/bench; cat >/run/bench/virsh; chmod +x /run/bench/virsh; mount --bind /run/bench /usr/local/bin";
  const names = (/** @type {string} */ node) => [1, 2, 3, 4, 5].map((number) => `stop-${node}-${number}`);
  for (const node of nodes) {
    cluster.define(node, "--template", "none", ...names(node));
    cluster.feed(virsh, node, "sh", "-c", setUp);
  }
  const prepare = () => {
    for (const node of nodes) {
      const each = names(node).map((name) => `virsh -q start ${name} 2>/dev/null`);
      cluster.enter(node, "sh", "-c", `${each.join("; ")}; true`);
    }
  };
  const stopped = (/** @type {number} */ count) => (/** @type {string} */ text) =>
    new Set(text.match(/stop-ham\d-\d/g)).size >= count;
  return [
    { ...mclu(cluster, ["stop", "stop-*", "--yes-all=20"], stopped(20)), name: "mclu stop, 20 guests", prepare },
    { ...mclu(cluster, ["stop", "ham0/stop-ham0-1"], stopped(1)), name: "mclu stop, one of them", prepare },
  ];
}
