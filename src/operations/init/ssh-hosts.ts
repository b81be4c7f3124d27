import { join, resolve } from "node:path";
import { configHosts, knownHostsPaths } from "../../node/ssh/config-hosts.ts";
import { readConfigText } from "../../node/ssh/config-sources.ts";
import { hostsIn, parseKnownHosts } from "../../node/ssh/known-hosts.ts";
import { thisMachine } from "../../node/ssh/local-machine.ts";
import { parseHosts } from "./hosts.ts";

/** Hosts that the user's ssh knows by name, from which to choose. */
export interface OfferedHosts {
  readonly file: string;
  readonly hosts: readonly string[];
}

/** Of the file that ssh reads for this user; hosts whose names cannot be a node's are left out. */
export function offeredHosts(env: Readonly<Record<string, string | undefined>>, cwd: string): OfferedHosts {
  const { root, home } = sshFiles(env, cwd);
  return { file: root.path, hosts: configHosts(root, home).filter(canBeNode) };
}

/** Those, and the hosts that known_hosts names in plain text: what may be typed as a host. Reads files, contacts nobody. */
export function namedHosts(env: Readonly<Record<string, string | undefined>>, cwd: string): readonly string[] {
  const { root, home } = sshFiles(env, cwd);
  const known = knownHostsPaths(root, home).flatMap((path) =>
    hostsIn(parseKnownHosts(readConfigText(path) ?? "", path)).filter(canBeNode),
  );
  return [...new Set([...offeredHosts(env, cwd).hosts, ...known])];
}

function sshFiles(env: Readonly<Record<string, string | undefined>>, cwd: string) {
  // as ssh does: the home is the account's
  const { home } = thisMachine(env);
  const other = env["MCLU_SSH_CONFIG"] || undefined;
  const path = other === undefined ? join(home, ".ssh/config") : resolve(cwd, other);
  return { root: { path, includeBase: join(home, ".ssh") }, home };
}

function canBeNode(host: string): boolean {
  try {
    parseHosts([host]);
    return true;
  } catch {
    return false;
  }
}
