import { join } from "node:path";
import { readOwnFile, updateOwnFile } from "../own-file.ts";

/** A job as it was when its node last said. */
export interface KnownJob {
  readonly id: string;
  /** It waited or ran. */
  readonly live: boolean;
}

const version = 2;
/** The last so many of a cluster. */
const most = 50;

/**
 * A cluster's jobs as they were last listed, oldest first: for whoever types one, and for what to look at next. A file that
 * is missing, damaged, another user's or open to others holds none.
 * @param cluster which one: the path of its configuration
 */
export function readKnownJobs(directory: string, cluster: string, uid: number): readonly KnownJob[] {
  return readAll(directory, uid).get(cluster) ?? [];
}

/** Replaces what is known of a cluster's jobs. Never throws: what cannot be written is not known. */
export function updateKnownJobs(
  directory: string,
  cluster: string,
  uid: number,
  update: (known: readonly KnownJob[]) => readonly KnownJob[],
): void {
  updateOwnFile(fileIn(directory), uid, (text) => {
    const all = parseKnownJobs(text);
    const before = all.get(cluster) ?? [];
    const known = update(before).slice(-most);
    if (JSON.stringify(before) === JSON.stringify(known)) return undefined;
    all.set(cluster, known);
    return JSON.stringify({ version, clusters: Object.fromEntries(all) });
  });
}

function fileIn(directory: string): string {
  return join(directory, "jobs.json");
}

function readAll(directory: string, uid: number): Map<string, readonly KnownJob[]> {
  try {
    return parseKnownJobs(readOwnFile(fileIn(directory), uid));
  } catch {
    return new Map();
  }
}

/** What is known of each cluster, by its name; nothing where the text is damaged. */
export function parseKnownJobs(text: string): Map<string, readonly KnownJob[]> {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content !== "object" || content === null || !("version" in content) || !("clusters" in content))
      return new Map();
    const { version: written, clusters } = content;
    if (written !== version || typeof clusters !== "object" || clusters === null) return new Map();
    const isKnown = (entry: [string, unknown]): entry is [string, KnownJob[]] =>
      Array.isArray(entry[1]) && entry[1].every(isJob);
    return new Map(Object.entries(clusters).filter(isKnown));
  } catch {
    return new Map();
  }
}

function isJob(value: unknown): value is KnownJob {
  if (typeof value !== "object" || value === null || !("id" in value) || !("live" in value)) return false;
  return typeof value.id === "string" && typeof value.live === "boolean";
}
