import { appendFileSync, closeSync, constants, existsSync, fstatSync, openSync, renameSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory } from "../make-directory.ts";
import { readOwnFile } from "../own-file.ts";

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
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(file, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    if (!fstatSync(fd).isFile()) throw new Error(`${file} is not a file`);
    // in one write: two runs do not mix their lines
    appendFileSync(fd, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    if (fstatSync(fd).size > limit) renameSync(file, `${file}.1`);
  } finally {
    closeSync(fd);
  }
}

/** Every entry that is still there, oldest first. A line that is none is left out. Throws the file system's error. */
export function readJournal(directory: string, uid: number): readonly JournalEntry[] {
  return ["journal.1", "journal"].flatMap((name) => {
    const file = join(directory, name);
    return existsSync(file) ? readOwnFile(file, uid).split("\n").flatMap(readLine) : [];
  });
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
  return (
    texts.every((name) => typeof record[name] === "string") && numbers.every((number) => typeof number === "number")
  );
}
