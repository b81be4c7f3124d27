import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { makeDirectory } from "../../make-directory.ts";

/** What is kept of one set of configuration files. */
export interface KeptAnswers {
  /** Stamps by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Digests of values by name: what is in the environment is not written down. */
  readonly variables: Readonly<Record<string, string>>;
  /** `ssh -G`'s output by arguments. */
  readonly answers: Readonly<Record<string, string>>;
}

const version = 1;
const largestFile = 16 * 1024 * 1024;

/**
 * Reads kept answers by configuration file. A file that is missing, damaged, another user's, open to others or from
 * another machine or ssh holds none.
 */
export function readKept(file: string, machine: string, uid: number): Map<string, KeptAnswers> {
  try {
    const content: unknown = JSON.parse(readOwn(file, uid));
    if (!isRecord(content) || content["version"] !== version || content["machine"] !== machine) return new Map();
    const configs = content["configs"];
    if (!isRecord(configs)) return new Map();
    const kept = Object.entries(configs);
    return new Map(kept.filter((entry): entry is [string, KeptAnswers] => isKeptAnswers(entry[1])));
  } catch {
    return new Map();
  }
}

function readOwn(file: string, uid: number): string {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    const isOwn = stats.isFile() && stats.uid === uid && (stats.mode & 0o077) === 0 && stats.size <= largestFile;
    return isOwn ? readFileSync(fd, "utf8") : "";
  } finally {
    closeSync(fd);
  }
}

/** Replaces the file as a whole (0600, directory 0700); what cannot be written is not kept. Never rejects. */
export async function writeKept(file: string, machine: string, kept: ReadonlyMap<string, KeptAnswers>): Promise<void> {
  const temporary = `${file}.${process.pid}.part`;
  try {
    makeDirectory(dirname(file), 0o700);
    await rm(temporary, { force: true });
    const content = JSON.stringify({ version, machine, configs: Object.fromEntries(kept) });
    await writeFile(temporary, content, { mode: 0o600, flag: "wx" });
    await rename(temporary, file);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function isKeptAnswers(value: unknown): value is KeptAnswers {
  return isRecord(value) && [value["files"], value["variables"], value["answers"]].every(isRecordOfStrings);
}

function isRecordOfStrings(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((item) => typeof item === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
