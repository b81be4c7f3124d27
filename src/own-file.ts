import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { makeDirectory } from "./make-directory.ts";

const largestFile = 16 * 1024 * 1024;

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

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // it was not there
  }
}
