import { currentAccount } from "../account.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { UserError } from "../errors.ts";
import { commandLine } from "../node/shell.ts";
import { lookup } from "../node/ssh/known-hosts.ts";
import { readKnownHosts } from "../node/ssh/known-hosts-file.ts";
import { guestKeysFile } from "../state/guest-keys.ts";
import type { ReachableGuest } from "./guest-address.ts";
import { claimOf } from "./own-addresses.ts";

/** What the user's own ssh is to use for a guest, beside their configuration. */
export interface GuestSsh {
  readonly uuid: string;
  /** The file of guests' host keys. */
  readonly keys: string;
  /** Reaches the guest, whatever host and port ssh thinks it connects to. */
  readonly proxy: readonly string[];
  /** A host key that is not known yet is shown to the user instead of remembered: nobody knows whose address it is. */
  readonly asks?: boolean | undefined;
}

/** The guests' known_hosts. Throws UserError where there can be none. */
export function guestKeys(cluster: Cluster): string {
  try {
    return guestKeysFile(cluster.directories.state, currentAccount().uid);
  } catch (error) {
    throw new UserError(`guests' host keys cannot be kept: ${error instanceof Error ? error.message : String(error)}`, {
      hint: `ls -ld ${cluster.directories.state}`,
    });
  }
}

/** What there is to say of an address that is not certain. */
export function doubtOf({ guest, ...told }: Omit<ReachableGuest, "nodes">): string {
  return `${claimOf(guest.name, told)}, and ${guest.node.name} cannot see whose address that is`;
}

/** Whether a host key of a guest is remembered. Rejects with the file system's error. */
export async function isKeyKnown(keys: string, uuid: string): Promise<boolean> {
  const target = { host: uuid, port: 22 };
  return lookup(await readKnownHosts([keys]), target).some(({ marker }) => marker === undefined);
}

/**
 * ssh_config's settings for a guest: its host key goes by its UUID, and is remembered at first sight; one that changed is
 * refused. ssh reads no known_hosts but ours: an entry for another machine of this name says nothing of the guest.
 */
export function sshSettings({ uuid, keys, proxy, asks = false }: GuestSsh): readonly (readonly [string, string])[] {
  return [
    ["HostKeyAlias", uuid],
    ["UserKnownHostsFile", quoteSetting(keys)],
    ["GlobalKnownHostsFile", "/dev/null"],
    ["StrictHostKeyChecking", asks ? "ask" : "accept-new"],
    ["UpdateHostKeys", "no"],
    ["HashKnownHosts", "no"],
    ["CheckHostIP", "no"],
    ["VerifyHostKeyDNS", "no"],
    ["CanonicalizeHostname", "no"],
    // a connection that is shared goes by the guest's name, and that may be another guest's tomorrow
    ["ControlMaster", "no"],
    ["ControlPath", "none"],
    ["ProxyUseFdpass", "no"],
    ["ProxyCommand", commandLine(proxy).replaceAll("%", "%%")],
  ];
}

/** A file name as ssh_config wants it. */
function quoteSetting(path: string): string {
  return `"${path.replaceAll("%", "%%").replace(/["\\]/g, "\\$&")}"`;
}

/**
 * The name that ssh is given for a guest: its own where ssh takes it, so that the user's `Host` blocks meet it. Those of a
 * node are not meant for a guest that is named like it.
 */
export function sshHost(cluster: Cluster, { name, uuid }: { readonly name: string; readonly uuid: string }): string {
  return isPlainName(name) && !isNodesName(cluster, name) ? name : uuid;
}

/** Whether ssh would take a name for a node's. */
export function isNodesName({ nodes }: Cluster, name: string): boolean {
  return nodes.some((node) => node.name === name || node.settings.host === name);
}

/** Whether a name has nothing that ssh, Ansible or a shell would read anything into. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(name);
}
