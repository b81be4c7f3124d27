import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { matchesPattern } from "./pattern.ts";

/** What `ssh -G` reads besides its arguments. */
export interface ConfigSources {
  /** Files and directories, also those that are not there, each with its `fileStamp` from before it was read. */
  readonly stamps: ReadonlyMap<string, string>;
  /** Environment variables that the files mention. */
  readonly variables: ReadonlySet<string>;
  /** Whether equal sources give equal answers. */
  readonly repeatable: boolean;
  /** A pipe or a device among them, whose end may never come: ssh would wait, or take a line without one into all memory. */
  readonly endless: string | undefined;
}

/** Changes whenever a file does; `absent` for one that is not there. */
export function fileStamp(path: string): string {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "absent" : "unreadable";
  }
}

/** A file that ssh begins with. */
export interface ConfigRoot {
  /** Absolute. */
  readonly path: string;
  /** Where its relative Includes are sought: `~/.ssh` for the user's file and `ssh -F`, else `/etc/ssh`. */
  readonly includeBase: string;
}

export const deepestInclude = 16; // readconf.c, READCONF_MAX_DEPTH

/**
 * Follows ssh_config files through their Includes, as far as it takes to know what an answer of `ssh -G` depends on.
 * Not repeatable: what runs commands, asks the network or the time (any `Match` but by name and user, CanonicalizeHostname),
 * and whatever this reader is not sure to read as OpenSSH does.
 */
export function readConfigSources(roots: readonly ConfigRoot[], home: string): ConfigSources {
  const stamps = new Map<string, string>();
  const variables = new Set<string>();
  let endless: string | undefined;
  const visit = (path: string, base: string, depth: number): boolean => {
    if (stamps.has(path)) return true;
    const stamp = fileStamp(path);
    stamps.set(path, stamp);
    if (stamp === "absent") return true;
    if (stamp === "unreadable" || depth > deepestInclude) return false;
    if (isEndless(path)) endless ??= path;
    const text = readConfigText(path);
    if (text === undefined) return false;
    for (const variable of variablesIn(text)) variables.add(variable);
    // all of them, also behind one that is not repeatable: what has no end is sought in each
    const lines = text.split("\n").map((line) => {
      const verdict = judgeLine(line);
      if (verdict.patterns === undefined) return verdict.kind === "plain";
      const each = verdict.patterns.map((pattern) => {
        const paths = expandInclude(pattern, base, home, stamps);
        return paths?.map((included) => visit(included, base, depth + 1)).every(Boolean) ?? false;
      });
      return verdict.kind === "include" && each.every(Boolean);
    });
    return lines.every(Boolean);
  };
  const repeatable = roots.map((root) => visit(root.path, root.includeBase, 0)).every(Boolean);
  return { stamps, variables, repeatable, endless };
}

function isEndless(path: string): boolean {
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file?.isCharacterDevice()) return file?.isFIFO() === true || file?.isBlockDevice() === true;
  return file.rdev !== statSync("/dev/null", { throwIfNoEntry: false })?.rdev;
}

/** The names between `${` and the next `}`, which a line of its own or a comment may hold too. */
export function variablesIn(text: string): string[] {
  const found: string[] = [];
  for (let start = text.indexOf("${"); start >= 0; start = text.indexOf("${", start)) {
    const end = text.indexOf("}", start);
    // a pattern would look for the missing end again from every beginning
    if (end < 0) break;
    found.push(text.slice(start + 2, end));
    start = end;
  }
  return found;
}

type LineVerdict =
  | { readonly kind: "plain"; readonly patterns?: undefined }
  /** @param patterns of an Include that is followed all the same, for what has no end */
  | { readonly kind: "unrepeatable"; readonly patterns?: readonly string[] }
  | { readonly kind: "include"; readonly patterns: readonly string[] };

/** Whether a line keeps answers repeatable, or which files it brings in. */
export function judgeLine(line: string): LineVerdict {
  const trimmed = line.trim();
  const keyword = /^[^\s=]*/.exec(trimmed)?.[0] ?? "";
  const value = trimmed.slice(keyword.length).trimStart().replace(/^=/, "").trimStart();
  // ssh sees a keyword in `Mat"ch" exec` and in `=Match exec` as well
  if (keyword.includes('"') || (keyword === "" && value !== "")) return { kind: "unrepeatable" };
  switch (keyword.toLowerCase()) {
    case "include":
      return judgeInclude(value);
    case "match":
      return { kind: isRepeatableMatch(value) ? "plain" : "unrepeatable" };
    case "canonicalizehostname":
      return { kind: /^(no|false|none)$/i.test(value) ? "plain" : "unrepeatable" };
    default:
      return { kind: "plain" };
  }
}

/** What tokens and variables stand for only ssh can tell. */
function judgeInclude(value: string): LineVerdict {
  if (/[$%#\\]/.test(value)) return { kind: "unrepeatable" };
  if (!/["']/.test(value)) return { kind: "include", patterns: value.split(/\s+/) };
  const words = [...value.matchAll(/"([^"]+)"|'([^']+)'|([^\s"']+)/g)];
  return { kind: "unrepeatable", patterns: words.map(([, double, single, bare]) => double ?? single ?? bare ?? "") };
}

function isRepeatableMatch(criteria: string): boolean {
  return /^(?:all|(?:!?(?:host|originalhost|user|localuser)\s+[^\s"'=#$%]+(?:\s+|$))+)$/i.test(criteria);
}

/** The files an Include means now, or undefined for patterns that only glob(3) can tell. */
export function expandInclude(
  pattern: string,
  base: string,
  home: string,
  stamps: Map<string, string>,
): string[] | undefined {
  const tilde = pattern.replace(/^~(?=\/)/, home);
  const path = isAbsolute(tilde) ? tilde : join(base, tilde);
  if (tilde.startsWith("~") || /[[\]{}]/.test(path)) return undefined;
  if (!/[*?]/.test(path)) return [path];
  const directory = dirname(path);
  if (/[*?]/.test(directory)) return undefined;
  stamps.set(directory, fileStamp(directory));
  return names(directory)
    .filter((name) => matchesPattern(name, basename(path)) && !name.startsWith("."))
    .map((name) => join(directory, name));
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Undefined for what is no file as well: a pipe would be waited for, and what is read from it ssh does not read again. */
export function readConfigText(path: string): string | undefined {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return fstatSync(descriptor).isFile() ? readFileSync(descriptor, "latin1") : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}
