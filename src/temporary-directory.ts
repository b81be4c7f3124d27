import { readFileSync, realpathSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { getuid } from "node:process";

/**
 * The directory for temporary files: the one that is wanted (default `$TMPDIR`), or /tmp where others could put something
 * of theirs in place of what is made in that.
 */
export function temporaryDirectory(wanted = tmpdir()): string {
  return isOpenToOthers(wanted) ? "/tmp" : wanted;
}

/**
 * Whether others than this user and root can rename what this user has in a directory: it, or one above it, is theirs, or
 * they may write there and it lacks the sticky bit. Of what is none, or cannot be looked at, nobody can say so.
 */
export function isOpenToOthers(directory: string, own = getuid?.() ?? 0): boolean {
  try {
    for (let path = realpathSync(directory); ; path = dirname(path)) {
      const stats = statSync(path);
      if (!stats.isDirectory()) return false;
      const { uid, mode } = stats;
      const isForeign = uid !== own && uid !== 0 && !isUnmapped(uid);
      if (isForeign || ((mode & 0o022) !== 0 && (mode & 0o1000) === 0)) return true;
      if (path === "/") return false;
    }
  } catch {
    return false;
  }
}

/** Whether it is what files of users seem to belong to whom a user namespace does not have, root for one. */
function isUnmapped(uid: number): boolean {
  return uid === 65534 && !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "latin1"));
}
