import { type KnownHostsFile, lookup } from "./known-hosts.ts";
import { matchesPatternList } from "./pattern.ts";

/** Where a host's key is. */
export interface KnownName {
  readonly file: string;
  /** What the host is called there; undefined: a pattern that others may match too. */
  readonly name: string | undefined;
}

/**
 * Tells where a key of a host is, whatever the port; not one that is revoked, or another's authority. A hashed name is found
 * on port 22 alone: nobody can read its port.
 */
export function knownNames(files: readonly KnownHostsFile[]): (host: string) => KnownName | undefined {
  const named = new Map<string, KnownName>();
  const patterns: { readonly file: string; readonly names: string }[] = [];
  for (const { file, byName, patterns: lines } of files) {
    for (const [name, entries] of byName) {
      const host = withoutPort(name);
      if (!named.has(host) && entries.some(isHostKey)) named.set(host, { file, name });
    }
    for (const line of lines.filter(isHostKey)) patterns.push({ file, names: line.names });
  }
  return (host) => {
    const name = host.toLowerCase();
    const pattern = patterns.find(
      ({ names }) =>
        matchesPatternList(name, names) || matchesPatternList(name, names.split(",").map(withoutPort).join(",")),
    );
    if (pattern) return { file: pattern.file, name: undefined };
    const hashed = () => lookup(files, { host, port: 22 }).find(({ marker }) => marker === undefined);
    const found = named.get(name) ?? hashed();
    return found && { name, ...found };
  };
}

function isHostKey({ entry }: KnownHostsFile["patterns"][number]): boolean {
  const key = entry();
  return key !== undefined && key.marker === undefined;
}

/** `[git.corp]:7999` as `git.corp`, in a pattern as well. */
function withoutPort(name: string): string {
  return name.replace(/^(!?)\[(.+)\]:[^:\]]+$/, "$1$2");
}
