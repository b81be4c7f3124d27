import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./run.mjs";

/**
 * The packages a list names, one on a line, # for comments.
 * @param {string} file relative to the checkout
 */
export function packageList(file) {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  return lines.map((line) => line.replace(/#.*/, "").trim()).filter((line) => line !== "");
}

/** Why this machine cannot run the real cluster; undefined where it can, once the packages are there. */
export function clusterObstacle() {
  if (process.platform !== "linux") return `it is made of Linux namespaces, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return "it makes namespaces, bridges and mounts, which takes root";
  if (!existsSync("/usr/bin/apt-get")) return "its packages are named as Debian names them, and there is no apt-get";
  return undefined;
}

/**
 * Which of some programs this machine has not; administrators' ones count, whatever PATH says.
 * @param {readonly string[]} names
 */
export function missingPrograms(names) {
  const directories = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return names.filter((name) => !directories.some((directory) => existsSync(join(directory, name))));
}

/**
 * Installs what is missing of a package list, and says what that is before. Needs root and apt-get.
 * @param {string} file
 * @param {import("./run.mjs").RunOptions} [options]
 * @returns {Promise<boolean>} whether all of them are there now
 */
export async function installPackages(file, options = {}) {
  const missing = await missingPackages(packageList(file));
  if (missing.length === 0) {
    console.log(`every Debian package of ${file} is installed`);
    return true;
  }
  console.log(`installing ${missing.length} Debian packages (${file}):\n  ${missing.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  if ((await run(["apt-get", "update", "-qq"], { ...options, env })).code !== 0) return false;
  const install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...missing];
  return (await run(install, { ...options, env })).code === 0;
}

/** @param {readonly string[]} wanted */
async function missingPackages(wanted) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const format = "${binary:Package} ${db:Status-Abbrev}\n";
  const { stdout } = await run(["dpkg-query", "-W", "-f", format, ...wanted], { output: "collect" });
  const installed = new Set(
    stdout
      .split("\n")
      .filter((line) => /^\S+ ii/.test(line))
      .map((line) => line.replace(/[ :].*/, "")),
  );
  return wanted.filter((name) => !installed.has(name));
}
