import { lstat, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDirectory } from "../../make-directory.ts";

/** Milliseconds after which whoever made a lock was killed before it was removed: what is done under it takes a few. */
const longest = 2000;
const interval = 10;
/** Milliseconds after which it is better to go on without a lock: whatever holds it is none of these runs. */
const patience = 5 * longest;

/**
 * Does the work while no other run of mclu does, as far as a lock file can tell: where none can be made, it goes on
 * without. Rejects with what the work rejects with.
 */
export async function whileLocked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const isOurs = await take(file);
  try {
    return await work();
  } finally {
    if (isOurs) await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  const begun = performance.now();
  try {
    makeDirectory(dirname(file), 0o700);
    while (!(await make(file))) {
      if (performance.now() - begun > patience) return false;
      // of a link that leads nowhere, too
      const { mtimeMs } = await lstat(file).catch(() => ({ mtimeMs: Date.now() }));
      if (Math.abs(Date.now() - mtimeMs) > longest) await rm(file, { force: true });
      else await sleep(interval);
    }
    return true;
  } catch {
    return false;
  }
}

/** Whether it was not there. */
async function make(file: string): Promise<boolean> {
  try {
    await (await open(file, "wx", 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
