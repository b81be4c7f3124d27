import { join } from "node:path";
import { readOwnFile, updateOwnFile } from "../own-file.ts";

/** A guest as it was when its node last said. */
export interface SeenGuest {
  readonly uuid: string;
  readonly name: string;
  readonly active: boolean;
  /** Active, but stopped where it is, or asleep: `resume` lets it go on. */
  readonly paused?: boolean;
  /** Active, but of no use until it is powered off. */
  readonly crashed?: boolean;
}

/** All guests that a node had. */
export interface SeenNode {
  readonly node: string;
  /** Seconds since 1970. */
  readonly at: number;
  readonly guests: readonly SeenGuest[];
}

const version = 1;

/**
 * What nodes of a cluster had when they were last asked. It is a memory and no fact: it may add a refusal or a warning.
 * A file that is missing, damaged, another user's or open to others holds nothing.
 * @param cluster which one: the path of its configuration
 */
export function readLastSeen(directory: string, cluster: string, uid: number): readonly SeenNode[] {
  return readAll(directory, uid).get(cluster) ?? [];
}

/** Replaces what is known of these nodes. Never throws: what cannot be written is not known. */
export function writeLastSeen(directory: string, cluster: string, uid: number, seen: readonly SeenNode[]): void {
  if (seen.length === 0) return;
  updateOwnFile(fileIn(directory), uid, (text) => {
    const all = parseLastSeen(text);
    const others = (all.get(cluster) ?? []).filter(({ node }) => !seen.some((one) => one.node === node));
    all.set(cluster, [...others, ...seen]);
    return JSON.stringify({ version, clusters: Object.fromEntries(all) });
  });
}

function fileIn(directory: string): string {
  return join(directory, "guests.json");
}

function readAll(directory: string, uid: number): Map<string, readonly SeenNode[]> {
  try {
    return parseLastSeen(readOwnFile(fileIn(directory), uid));
  } catch {
    return new Map();
  }
}

/** What is known of each cluster, by its name; nothing where the text is damaged. */
export function parseLastSeen(text: string): Map<string, readonly SeenNode[]> {
  try {
    const content: unknown = JSON.parse(text);
    if (!isRecord(content) || content["version"] !== version || !isRecord(content["clusters"])) return new Map();
    const clusters = Object.entries(content["clusters"]);
    return new Map(clusters.filter((entry): entry is [string, SeenNode[]] => isListOf(entry[1], isSeenNode)));
  } catch {
    return new Map();
  }
}

function isSeenNode(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value["node"] === "string" &&
    Number.isFinite(value["at"]) &&
    isListOf(value["guests"], isSeenGuest)
  );
}

function isSeenGuest(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value["uuid"] === "string" &&
    typeof value["name"] === "string" &&
    typeof value["active"] === "boolean" &&
    ["boolean", "undefined"].includes(typeof value["paused"]) &&
    ["boolean", "undefined"].includes(typeof value["crashed"])
  );
}

function isListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
