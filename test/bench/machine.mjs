import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

/**
 * What the figures depend on: kinds and versions, no names.
 * @param {string} libvirt `virsh --version` on a node
 */
export function describeMachine(libvirt) {
  const [cpu] = cpus();
  const distribution = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "Linux";
  const versions = [
    `Node ${process.versions.node}`,
    `libvirt ${libvirt.trim()}`,
    firstLine(["ssh", "-V"]),
    firstLine(["pdsh", "-V"]),
    firstLine(["clush", "--version"]),
    firstLine(["ansible", "--version"]),
  ];
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${new Date().toISOString().slice(0, 10)}: ${cpus().length} CPUs (${cpu?.model.trim()}), ${memory} GiB, ${distribution}, Linux ${release().split("-")[0]}; ${versions.filter(Boolean).join(", ")}.`;
}

/** @param {readonly [string, ...string[]]} argv @returns {string} "" when it is not installed */
function firstLine([file, ...args]) {
  const { stdout, stderr, error } = spawnSync(file, args, { encoding: "utf8" });
  // without the lists of build options behind it
  return error ? "" : (`${stdout}${stderr}`.split("\n")[0] ?? "").replace(/[,(].*/, "").trim();
}
