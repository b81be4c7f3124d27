import { createHmac } from "node:crypto";
import { isIP } from "node:net";
import { parsePublicKey, readBase64 } from "./key-blob.ts";
import { longestPattern, matchesPatternList } from "./pattern.ts";

type KnownHostsMarker = "revoked" | "cert-authority";

/** One line that names the host that was looked up. */
export interface KnownHostsEntry {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly marker?: KnownHostsMarker;
  /** `ssh-ed25519`, `ssh-rsa` ... */
  readonly keyType: string;
  /** The public key blob, as a host sends it. */
  readonly key: Buffer;
}

/** Whose key is looked up. */
export interface HostKeyTarget {
  /** The name connected to (HostName), or an address. */
  readonly host: string;
  readonly port: number;
  /** HostKeyAlias: replaces host and port. */
  readonly hostKeyAlias?: string | undefined;
  /** The address connected to; only where CheckHostIP is on. */
  readonly address?: string | undefined;
}

interface Line {
  readonly line: number;
  readonly names: string;
  /** Parsed on first call, once the line has matched; undefined for what OpenSSH calls a bad key. */
  readonly entry: () => KnownHostsEntry | undefined;
}

/** A known_hosts file, split into lines that are found by name, by pattern and by hash. */
export interface KnownHostsFile {
  readonly file: string;
  /** The file is there and this error is all that came of reading it. */
  readonly unreadable?: string;
  readonly byName: ReadonlyMap<string, readonly Line[]>;
  readonly patterns: readonly Line[];
  readonly hashed: readonly Line[];
  /** What was looked up before: a host's entries are wanted before and after it shows its key. */
  readonly found: Map<string, readonly KnownHostsEntry[]>;
}

const markers: Readonly<Record<string, KnownHostsMarker>> = {
  "@revoked": "revoked",
  "@cert-authority": "cert-authority",
};
// a marker before a tab counts too: OpenSSH looks for a space first and would pass over the whole @revoked line
const lineParts = /^[ \t]*(?:(@[^ \t]*)[ \t]+)?([^ \t#@][^ \t]*)[ \t]+([^ \t#].*)$/s;

/**
 * Splits a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"); keys are parsed and hashes computed on look-up.
 * Lines that OpenSSH ignores are ignored.
 * @param file only named in entries
 */
export function parseKnownHosts(text: string, file: string): KnownHostsFile {
  const byName = new Map<string, Line[]>();
  const patterns: Line[] = [];
  const hashed: Line[] = [];
  let number = 0;
  for (const content of text.split("\n")) {
    number++;
    // OpenSSH reads a line as far as a NUL
    const [, markerText, names, keyText] = lineParts.exec(content.split("\0", 1)[0] ?? "") ?? [];
    if (names === undefined || keyText === undefined) continue;
    const marker = markerText === undefined ? undefined : markers[markerText];
    if (markerText !== undefined && marker === undefined) continue;
    const line: Line = {
      line: number,
      names,
      entry: lazyEntry({ file, line: number, ...(marker && { marker }) }, keyText),
    };
    if (names.startsWith("|")) hashed.push(line);
    else if (/[*?!]/.test(names) || names.length > longestPattern) patterns.push(line);
    else for (const name of names.toLowerCase().split(",")) pushTo(byName, name, line);
  }
  return { file, byName, patterns, hashed, found: new Map() };
}

/**
 * The hosts that a known_hosts file names in plain text, as `HOST` or `HOST:PORT`: not those that are hashed, patterns, or
 * only named to be revoked. An address beside a name is left out.
 */
export function hostsIn(file: KnownHostsFile): readonly string[] {
  const lines = new Set([...file.byName.values()].flat().filter((line) => line.entry()?.marker === undefined));
  return [...new Set([...lines].flatMap(({ names }) => plainNames(names)))];
}

function plainNames(names: string): readonly string[] {
  const hosts = names.split(",").map((name) => /^\[([^\]:]+)\](:\d+)$/.exec(name)?.slice(1).join("") ?? name);
  const named = hosts.filter((host) => isIP(host.replace(/:\d+$/, "")) === 0 && isIP(host) === 0);
  return named.length > 0 ? named : hosts;
}

function lazyEntry(
  place: Pick<KnownHostsEntry, "file" | "line" | "marker">,
  keyText: string,
): () => KnownHostsEntry | undefined {
  let entry: KnownHostsEntry | undefined;
  return () => {
    const parsed = entry === undefined ? parsePublicKey(keyText) : undefined;
    if (parsed !== undefined) entry = { ...place, ...parsed };
    return entry;
  };
}

function pushTo(map: Map<string, Line[]>, name: string, line: Line): void {
  const lines = map.get(name);
  if (lines === undefined) map.set(name, [line]);
  else if (lines.at(-1) !== line) lines.push(line);
}

/** What a host is called in known_hosts: its name alone on port 22, `[name]:port` elsewhere; lower case. */
export function knownHostsName(target: Pick<HostKeyTarget, "host" | "port" | "hostKeyAlias">): string {
  if (target.hostKeyAlias !== undefined) return target.hostKeyAlias.toLowerCase();
  return nameWithPort(target.host, target.port);
}

/** The name of an address or host on a port, as known_hosts has it. */
export function nameWithPort(host: string, port: number): string {
  return (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
}

/** All lines for the target's name (and its address where one is given), file by file in the order of lines. */
export function lookup(files: readonly KnownHostsFile[], target: HostKeyTarget): KnownHostsEntry[] {
  const name = knownHostsName(target);
  const address = target.address === undefined ? name : nameWithPort(target.address, target.port);
  const entries = [name, address].flatMap((name) => files.flatMap((file) => lookupName(file, name)));
  // one object per line: a line that names both counts once
  return [...new Set(entries)];
}

function lookupName(file: KnownHostsFile, name: string): readonly KnownHostsEntry[] {
  const known = file.found.get(name);
  if (known !== undefined) return known;
  const lines = [
    ...(file.byName.get(name) ?? []),
    ...file.patterns.filter((line) => matchesPatternList(name, line.names)),
    ...file.hashed.filter((line) => matchesHash(name, line.names)),
  ];
  const entries = lines.sort((a, b) => a.line - b.line).flatMap((line) => line.entry() ?? []);
  file.found.set(name, entries);
  return entries;
}

/** Whether `|1|SALT|HASH` is the name's HMAC-SHA1; OpenSSH wants a salt of that hash's length. */
function matchesHash(name: string, hashedName: string): boolean {
  const [, magic, saltText, hash, ...rest] = hashedName.split("|");
  const salt = readBase64(saltText ?? "");
  if (magic !== "1" || salt?.length !== 20 || rest.length > 0) return false;
  return createHmac("sha1", salt).update(name).digest("base64") === hash;
}
