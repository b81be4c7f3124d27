import { isIP } from "node:net";
import { isAbsolute, join } from "node:path";
import { type ConfigRoot, deepestInclude, expandInclude, judgeLine, readConfigText } from "./config-sources.ts";

/**
 * The hosts that ssh_config files name, Includes too, in their order and each once. Patterns stand for no host. An address
 * beside names is another name of theirs. What only ssh itself can follow is left out.
 */
export function configHosts(root: ConfigRoot, home: string): readonly string[] {
  return [...new Set(configLines(root, home).flatMap(hostsOfLine))];
}

/**
 * The files in which ssh looks for host keys, as ssh_config files name them; ssh's own where none does. What only ssh itself
 * can follow (`%h`, `~user`) is left out.
 */
export function knownHostsPaths(root: ConfigRoot, home: string): readonly string[] {
  const named = configLines(root, home).flatMap((line) => {
    const [, words = ""] = /^\s*(?:User|Global)KnownHostsFile(?:\s*=\s*|\s+)(.*)$/i.exec(line) ?? [];
    return words.split(/\s+/).map((word) => word.replace(/^"(.*)"$/, "$1").replace(/^~(?=\/)/, home));
  });
  const paths = named.filter((path) => isAbsolute(path) && !/[%$]/.test(path));
  return paths.length > 0 ? [...new Set(paths)] : [join(home, ".ssh/known_hosts"), "/etc/ssh/ssh_known_hosts"];
}

/** The lines of ssh_config files, those of an Include behind the line that brings it in. */
function configLines(root: ConfigRoot, home: string): readonly string[] {
  const lines: string[] = [];
  const visited = new Set<string>();
  const visit = (path: string, depth: number): void => {
    if (visited.has(path) || depth > deepestInclude) return;
    visited.add(path);
    for (const line of (readConfigText(path) ?? "").split("\n")) {
      lines.push(line);
      const verdict = judgeLine(line);
      const patterns = verdict.kind === "include" ? verdict.patterns : [];
      for (const pattern of patterns)
        for (const included of expandInclude(pattern, root.includeBase, home, new Map()) ?? [])
          visit(included, depth + 1);
    }
  };
  visit(root.path, 0);
  return lines;
}

/** The hosts of one `Host` line; of any other line none. */
export function hostsOfLine(line: string): readonly string[] {
  const [, words = ""] = /^\s*Host(?:\s*=\s*|\s+)(.*)$/i.exec(line) ?? [];
  const tokens = [...words.replace(/(^|\s)#.*/s, "").matchAll(/"([^"]*)"|([^\s"]+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? "",
  );
  const hosts = tokens.filter((word) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(word));
  const named = hosts.filter((host) => isIP(host) === 0);
  return named.length > 0 ? named : hosts;
}
