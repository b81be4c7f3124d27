import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./run.mjs";

const bridges = "/sys/class/net";

/**
 * Takes down every fleet whose state lies below a directory, whoever left it: the bridge of a fleet carries the
 * directory as its alias, and its name the network. Fleets elsewhere on this machine are not touched.
 * @param {string} directory
 * @returns {Promise<readonly string[]>} the directories of the fleets that were up
 */
export async function takeDownFleets(directory) {
  const found = [];
  for (const { net, dir } of runningFleets()) {
    if (!dir.startsWith(`${directory}/`)) continue;
    found.push(dir);
    const env = { ...process.env, FLEET_DIR: dir, FLEET_NET: net };
    await run([join(root, "test/fleet/fleet"), "down", "--delete"], { env });
  }
  return found;
}

function runningFleets() {
  if (process.platform !== "linux") return [];
  return readdirSync(bridges).flatMap((name) => {
    const octets = /^mclu-([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/.exec(name)?.slice(1);
    if (!octets) return [];
    const dir = readFileSync(join(bridges, name, "ifalias"), "utf8").trim();
    return [{ net: octets.map((octet) => Number.parseInt(octet, 16)).join("."), dir }];
  });
}
