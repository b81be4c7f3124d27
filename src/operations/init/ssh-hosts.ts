import { join, resolve } from "node:path";
import { configHosts } from "../../node/ssh/config-hosts.ts";
import { thisMachine } from "../../node/ssh/local-machine.ts";
import { parseHosts } from "./hosts.ts";

/** Hosts that the user's ssh knows by name, from which to choose. */
export interface OfferedHosts {
  readonly file: string;
  readonly hosts: readonly string[];
}

/** Of the file that ssh reads for this user; hosts whose names cannot be a node's are left out. */
export function offeredHosts(env: Readonly<Record<string, string | undefined>>, cwd: string): OfferedHosts {
  // as ssh does: the home is the account's
  const { home } = thisMachine(env);
  const other = env["MCLU_SSH_CONFIG"];
  const file = other === undefined ? join(home, ".ssh/config") : resolve(cwd, other);
  const found = configHosts({ path: file, includeBase: join(home, ".ssh") }, home);
  return { file, hosts: found.filter(canBeNode) };
}

function canBeNode(host: string): boolean {
  try {
    parseHosts([host]);
    return true;
  } catch {
    return false;
  }
}
