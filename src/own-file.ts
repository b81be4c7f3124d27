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

/** A file that this user alone can have written; "" where it is another's, open to others, a link or huge. Throws the file system's error. */
export function readOwnFile(file: string, uid: number): string {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    const isOwn = stats.isFile() && stats.uid === uid && (stats.mode & 0o077) === 0 && stats.size <= largestFile;
    return isOwn ? readFileSync(fd, "utf8") : "";
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
