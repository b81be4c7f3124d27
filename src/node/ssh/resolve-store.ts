import { readOwnFile, writeOwnFile } from "../../own-file.ts";

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

/**
 * Reads kept answers by configuration file. A file that is missing, damaged, another user's, open to others or from
 * another machine or ssh holds none.
 */
export function readKept(file: string, machine: string, uid: number): Map<string, KeptAnswers> {
  try {
    return parseKept(readOwnFile(file, uid), machine);
  } catch {
    return new Map();
  }
}

/** Reads what `formatKept` made; anything else, or for another machine, is nothing. */
export function parseKept(text: string, machine: string): Map<string, KeptAnswers> {
  try {
    const content: unknown = JSON.parse(text);
    if (!isRecord(content) || content["version"] !== version || content["machine"] !== machine) return new Map();
    const configs = content["configs"];
    if (!isRecord(configs)) return new Map();
    const kept = Object.entries(configs);
    return new Map(kept.filter((entry): entry is [string, KeptAnswers] => isKeptAnswers(entry[1])));
  } catch {
    return new Map();
  }
}

export function formatKept(machine: string, kept: ReadonlyMap<string, KeptAnswers>): string {
  return JSON.stringify({ version, machine, configs: Object.fromEntries(kept) });
}

/** Replaces the file as a whole (0600, directory 0700); what cannot be written is not kept. Never throws. */
export function writeKept(file: string, machine: string, kept: ReadonlyMap<string, KeptAnswers>): void {
  writeOwnFile(file, formatKept(machine, kept));
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
