import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import process, { getuid } from "node:process";
import { makeScratchDirectory, type ScratchDirectory } from "./scratch-directory.ts";

/** Bytes that some systems allow a socket's path, and one that ends it. */
const longestSocketPath = 104;

/**
 * Makes a directory for one socket, `s`. Its name has the process in it, so that the next one that is made clears what a
 * killed process (SIGKILL, no memory) left: nobody could at its end, and no other moment is worth reading a large directory.
 * Throws the file system's error.
 */
export function makeSocketDirectory(parent: string): ScratchDirectory {
  const space = processSpace();
  if (space === undefined) return makeScratchDirectory(join(parent, "mclu-"));
  const start = `mclu-${space}-`;
  removeDead(parent, start);
  const prefix = join(parent, `${start}${process.pid}-`);
  const fits = Buffer.byteLength(`${prefix}XXXXXX/s`) < longestSocketPath;
  return makeScratchDirectory(fits ? prefix : join(parent, "mclu-"));
}

/**
 * What a process id is unique in: one run of the kernel, and a container's own numbers. Elsewhere than on Linux nobody says;
 * there nothing is cleared.
 */
function processSpace(): string | undefined {
  try {
    const kernel = readFileSync("/proc/sys/kernel/random/boot_id", "latin1");
    return createHash("sha256")
      .update(`${kernel}${readlinkSync("/proc/self/ns/pid")}`)
      .digest("hex")
      .slice(0, 8);
  } catch {
    return undefined;
  }
}

/**
 * Removes the directories whose name starts so, and whose process is dead, with the socket that is in them and nothing
 * else. Those of other users, and links, stay; where two do this at once, each removes what the other has not.
 */
function removeDead(parent: string, start: string): void {
  for (const name of tryTo(() => readdirSync(parent)) ?? []) {
    const [, pid] = /^(\d{1,9})-\w{6}$/.exec(name.startsWith(start) ? name.slice(start.length) : "") ?? [];
    const path = join(parent, name);
    if (pid === undefined || !isOwnDirectory(path) || isAlive(Number(pid))) continue;
    tryTo(() => unlinkSync(join(path, "s")));
    tryTo(() => rmdirSync(path));
  }
}

function isOwnDirectory(path: string): boolean {
  const found = tryTo(() => lstatSync(path));
  return found?.isDirectory() === true && found.uid === getuid?.();
}

/** One that may not be signalled is alive as well. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** undefined where the file system refuses: another process was first, or it is no matter of ours. */
function tryTo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
