import { join } from "node:path";
import { readOwnFile, writeOwnFile } from "../own-file.ts";

const version = 1;
/** The last so many of a cluster. */
const most = 50;

/**
 * IDs of a cluster's jobs as they were last listed, oldest first: for whoever types one. A file that is missing, damaged,
 * another user's or open to others holds none.
 * @param cluster which one: the path of its configuration
 */
export function readKnownJobs(directory: string, cluster: string, uid: number): readonly string[] {
  return readAll(directory, uid).get(cluster) ?? [];
}

/** Replaces what is known of a cluster's jobs. Never throws: what cannot be written is not known. */
export function writeKnownJobs(directory: string, cluster: string, uid: number, ids: readonly string[]): void {
  const all = readAll(directory, uid);
  const known = ids.slice(-most);
  if (JSON.stringify(all.get(cluster) ?? []) === JSON.stringify(known)) return;
  all.set(cluster, known);
  const content = JSON.stringify({ version, clusters: Object.fromEntries(all) });
  writeOwnFile(fileIn(directory), content);
}

function fileIn(directory: string): string {
  return join(directory, "jobs.json");
}

function readAll(directory: string, uid: number): Map<string, readonly string[]> {
  try {
    const content: unknown = JSON.parse(readOwnFile(fileIn(directory), uid));
    if (typeof content !== "object" || content === null || !("version" in content) || !("clusters" in content))
      return new Map();
    const { version: written, clusters } = content;
    if (written !== version || typeof clusters !== "object" || clusters === null) return new Map();
    const isIds = (value: unknown): value is string[] =>
      Array.isArray(value) && value.every((id) => typeof id === "string");
    return new Map(Object.entries(clusters).filter((entry): entry is [string, string[]] => isIds(entry[1])));
  } catch {
    return new Map();
  }
}
