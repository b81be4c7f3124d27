import { appendFileSync, closeSync, constants, fstatSync, openSync, readSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory } from "../make-directory.ts";
import { ownFileText } from "../own-file.ts";

/** One change of one guest, or of a node: then guest and uuid are empty. Nothing that may be a secret is in it. */
export interface JournalEntry {
  /** Seconds since 1970, when it ended. */
  readonly time: number;
  /** Who ran mclu, on this machine. */
  readonly user: string;
  /** The verb alone: arguments may hold what is nobody's business. */
  readonly command: string;
  readonly node: string;
  readonly guest: string;
  readonly uuid: string;
  readonly outcome: string;
  readonly seconds: number;
}

/** Bytes after which the journal begins anew; the one before is kept. */
const rotateAt = 1024 * 1024;

/**
 * Writes entries down (0600, directory 0700). Throws the file system's error, and Error where the journal is no file: a pipe
 * that nobody reads would hold the program up, out of reach of every signal.
 */
export function appendJournal(directory: string, entries: readonly JournalEntry[], limit = rotateAt): void {
  if (entries.length === 0) return;
  makeDirectory(directory, 0o700);
  const file = join(directory, "journal");
  const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(file, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    if (!fstatSync(fd).isFile()) throw new Error(`${file} is not a file`);
    // in one write: two runs do not mix their lines
    appendFileSync(fd, lineEnd(fd) + entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    const { size, ino } = fstatSync(fd);
    // another run may have begun it anew meanwhile
    if (size > limit && statSync(file).ino === ino) renameSync(file, `${file}.1`);
  } finally {
    closeSync(fd);
  }
}

/** A newline where the last line lacks it, of which a disk that was full took a part. */
function lineEnd(fd: number): string {
  const { size } = fstatSync(fd);
  const last = Buffer.from("\n");
  if (size > 0) readSync(fd, last, 0, 1, size - 1);
  return last.toString("latin1") === "\n" ? "" : "\n";
}

/**
 * Every entry that is still there, oldest first. A line that is none is left out. Throws the file system's error, and
 * ForeignFile where others may have written it: that nothing was changed would be a lie.
 */
export function readJournal(directory: string, uid: number): readonly JournalEntry[] {
  return ["journal.1", "journal"].flatMap((name) => parseJournal(readText(join(directory, name), uid)));
}

function readText(file: string, uid: number): string {
  try {
    return ownFileText(file, uid);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "";
    throw error;
  }
}

/** The entries of a journal's text. A line that is none is left out. */
export function parseJournal(text: string): readonly JournalEntry[] {
  return text.split("\n").flatMap(readLine);
}

function readLine(line: string): readonly JournalEntry[] {
  try {
    const entry: unknown = JSON.parse(line);
    return isEntry(entry) ? [entry] : [];
  } catch {
    // the last line of a disk that was full
    return [];
  }
}

const texts = ["user", "command", "node", "guest", "uuid", "outcome"] as const;

function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Record<string, unknown>;
  const numbers = [record["time"], record["seconds"]];
  return texts.every((name) => typeof record[name] === "string") && numbers.every((number) => Number.isFinite(number));
}
