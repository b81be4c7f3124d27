import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { makeDirectory } from "./make-directory.ts";

const largestFile = 16 * 1024 * 1024;
/** Milliseconds after which whoever made a lock was killed before it was removed: what is done under it takes one. */
const longest = 1000;
/** Milliseconds after which it is better to go on without a lock. */
const patience = 1500;
const interval = 2;

/** A file that is another's, open to others or huge: what is in it may be anybody's. */
export class ForeignFile extends Error {}

/** A file that this user alone can have written; "" where it is a `ForeignFile`. Throws the file system's error. */
export function readOwnFile(file: string, uid: number): string {
  try {
    return ownFileText(file, uid);
  } catch (error) {
    if (error instanceof ForeignFile) return "";
    throw error;
  }
}

/** The same; throws ForeignFile where it is one, and the file system's error, for a link too. */
export function ownFileText(file: string, uid: number): string {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new ForeignFile(`${file} is not a file`);
    if (stats.uid !== uid) throw new ForeignFile(`${file} is another user's`);
    if ((stats.mode & 0o077) !== 0) throw new ForeignFile(`${file} is open to others: mode 600 is expected`);
    if (stats.size > largestFile) throw new ForeignFile(`${file} is larger than 16 MiB`);
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}

/**
 * Replaces a file as a whole (0600, directory 0700). Never throws: what cannot be written is not kept, and leaves nothing.
 * It happens at once: the thread pool would take these small steps ten times as long, and they come last in a run.
 */
export function writeOwnFile(file: string, content: string): void {
  const temporary = `${file}.${process.pid}.part`;
  try {
    makeDirectory(dirname(file), 0o700);
    // of a process that had our number and was killed
    remove(temporary);
    writeFileSync(temporary, content, { mode: 0o600, flag: "wx" });
    renameSync(temporary, file);
  } catch {
    remove(temporary);
  }
}

/**
 * Replaces a file by what `update` makes of its text, which is "" where `readOwnFile` has none; undefined leaves it as it
 * is. Other runs that do the same wait for each other, or one would undo what another wrote. Never throws.
 */
export function updateOwnFile(file: string, uid: number, update: (text: string) => string | undefined): void {
  const lock = `${file}.lock`;
  const isOurs = take(lock);
  try {
    const content = update(textOf(file, uid));
    if (content !== undefined) writeOwnFile(file, content);
  } finally {
    if (isOurs) remove(lock);
  }
}

function textOf(file: string, uid: number): string {
  try {
    return readOwnFile(file, uid);
  } catch {
    return "";
  }
}

/** False where no lock can be made, or who has it keeps it. */
function take(lock: string): boolean {
  const begun = performance.now();
  try {
    makeDirectory(dirname(lock), 0o700);
    for (;;) {
      if (makeLock(lock)) return true;
      if (performance.now() - begun > patience) return false;
      if (Math.abs(Date.now() - timeOf(lock)) > longest) remove(lock);
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, interval);
    }
  } catch {
    return false;
  }
}

/** Whether it was not there. */
function makeLock(lock: string): boolean {
  try {
    closeSync(openSync(lock, "wx", 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Milliseconds since 1970; now, where it has gone meanwhile. */
function timeOf(lock: string): number {
  return lstatSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // it was not there
  }
}
