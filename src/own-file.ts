import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
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

/** Replaces a file as a whole (0600, directory 0700). Rejects with the file system's error, and leaves nothing then. */
export async function writeOwnFile(file: string, content: string): Promise<void> {
  const temporary = `${file}.${process.pid}.part`;
  try {
    makeDirectory(dirname(file), 0o700);
    await rm(temporary, { force: true });
    await writeFile(temporary, content, { mode: 0o600, flag: "wx" });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
