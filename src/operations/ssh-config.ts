import { resolve } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import type { DomainState } from "../libvirt/domains.ts";
import { type FoundGuest, findGuests } from "./find-guest.ts";
import { foreignNames, type OtherHost } from "./foreign-names.ts";
import { guestKeys, isPlainName, sshSettings } from "./guest-ssh.ts";
import type { NodeAnswer } from "./list.ts";

export interface SshConfigOptions {
  /** Names, UUIDs, globs, `NODE/GUEST`; none: every guest. */
  readonly guests?: readonly string[];
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[] | undefined;
  /** Who logs in where the user's own configuration says nothing. */
  readonly login: string;
  /** The command line of mclu itself, for ssh to run. */
  readonly self: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/** How ssh reaches one guest by itself. */
export interface SshConfigHost {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  readonly state: DomainState | null;
  /** What ssh may be given for it; the first is its plain name, where it has that alone. */
  readonly hosts: readonly string[];
  /** In the words of ssh_config. */
  readonly settings: readonly (readonly [string, string])[];
}

export interface SshConfigReport {
  readonly hosts: readonly SshConfigHost[];
  readonly nodes: readonly NodeAnswer[];
  /** Guests that were left out, and names that are not in it; a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * What ssh needs to reach guests by name, where they are now: a guest that moves to another node wants it anew. A name that
 * is another host's to the user's ssh stays that host's. Throws UserError as `findGuests` does.
 */
export async function sshConfig(cluster: Cluster, options: SshConfigOptions): Promise<SshConfigReport> {
  return sshHosts(cluster, options, await foreignNames(cluster, options.signal));
}

/**
 * The same, where nobody asks ssh for the names themselves.
 * @param whose whose else a name is
 */
export async function sshHosts(
  cluster: Cluster,
  options: SshConfigOptions,
  whose: (name: string) => OtherHost | undefined,
): Promise<SshConfigReport> {
  const { guests: selectors = [], nodes: within, signal } = options;
  const found = await findGuests(cluster, selectors.length > 0 ? selectors : "all", { nodes: within, signal });
  const keys = guestKeys(cluster);
  const places = new Map<string, string[]>();
  for (const { name, node } of found.guests) places.set(name, [...(places.get(name) ?? []), node.name]);
  const warnings: string[] = [];
  const hosts = found.guests.flatMap((guest): SshConfigHost[] => {
    const { node, name, uuid, state } = guest;
    if (!isPlainName(name) || !isPlainName(node.name)) {
      warnings.push(`${node.name}/${name} is left out: ssh would read its name as something else`);
      return [];
    }
    const settings = [
      ...sshSettings({ uuid, keys, proxy: proxyFor(cluster, guest, options) }),
      ["User", options.login],
    ] as const;
    const isOnly = places.get(name)?.length === 1;
    const full = `${node.name}/${name}`;
    // whoever names a guest like a node would have the node's logins, mclu's own too
    const other = whose(name);
    if (other) warnings.push(`${name} ${other.is}: for the guest type ${full}${releasing(other)}`);
    const hosts = isOnly && other === undefined ? [name, full] : [full];
    return [{ node: node.name, name, uuid, state, hosts, settings }];
  });
  for (const [name, on] of places)
    if (on.length > 1) warnings.push(`${name} is on ${on.join(" and ")}: type ${on[0]}/${name}`);
  return { hosts, nodes: found.nodes, warnings };
}

function releasing({ release }: OtherHost): string {
  return release === undefined ? "" : `, or run ${release} if it is this guest`;
}

function proxyFor(
  cluster: Cluster,
  { node, uuid }: FoundGuest,
  { self, cwd, env }: SshConfigOptions,
): readonly string[] {
  const { source } = cluster.config;
  const other = env["MCLU_SSH_CONFIG"] || undefined;
  return [
    ...(other === undefined ? [] : ["env", `MCLU_SSH_CONFIG=${resolve(cwd, other)}`]),
    ...self,
    ...(source === null ? [] : ["-f", resolve(cwd, source)]),
    "ssh-proxy",
    `${node.name}/${uuid}`,
  ];
}
