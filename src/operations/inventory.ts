import type { Cluster } from "../cluster/cluster.ts";
import { isActive } from "../libvirt/domains.ts";
import { commandLine, quote } from "../node/shell.ts";
import { isNodesName } from "./guest-ssh.ts";
import type { NodeAnswer } from "./list.ts";
import { type SshConfigHost, type SshConfigOptions, sshHosts } from "./ssh-config.ts";

export interface InventoryOptions extends SshConfigOptions {
  /** Guests that do not run as well. */
  readonly all?: boolean | undefined;
}

export interface InventoryHost {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  /** The same as Ansible's INI has them behind the name: Python literals in shell words. */
  readonly line: string;
}

/** What Ansible is to know of guests. */
export interface InventoryReport {
  readonly hosts: readonly InventoryHost[];
  /** Names of hosts by group: one for each node that has guests. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Groups of groups: one for each group of mclu.conf. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
  readonly nodes: readonly NodeAnswer[];
  readonly warnings: readonly string[];
}

/** Names that mean something to Ansible. */
const reserved: ReadonlySet<string> = new Set(["all", "ungrouped", "localhost"]);

/**
 * An inventory of the guests that run. Names that Ansible would interpret, and names that two guests have, are left out
 * and warned of. Throws UserError as `findGuests` does.
 */
export async function inventory(cluster: Cluster, options: InventoryOptions): Promise<InventoryReport> {
  const whose = (name: string) => (isNodesName(cluster, name) ? { is: "is a node" } : undefined);
  const { hosts, nodes, warnings } = await sshHosts(cluster, options, whose);
  const wanted = hosts.filter(({ state }) => options.all || (state !== null && isActive(state)));
  const groupOf = (node: string) => `node_${word(node)}`;
  const parents = new Map<string, string[]>();
  for (const { name, settings } of cluster.nodes)
    if (wanted.some(({ node }) => node === name))
      for (const group of settings.groups)
        parents.set(`group_${word(group)}`, [...(parents.get(`group_${word(group)}`) ?? []), groupOf(name)]);
  const taken = new Set([...reserved, ...parents.keys(), ...wanted.map(({ node }) => groupOf(node))]);
  const left: string[] = [];
  const fit = wanted.filter((host) => {
    const why = misread(host, taken);
    if (why !== undefined) left.push(`${host.node}/${host.name} is left out: ${why}`);
    return why === undefined;
  });
  const groups = new Map<string, string[]>();
  for (const { node, name } of fit) groups.set(groupOf(node), [...(groups.get(groupOf(node)) ?? []), name]);
  return {
    hosts: fit.map((host) => {
      const variables = variablesOf(host, options.login);
      const words = Object.entries(variables).map(([key, value]) => `${key}=${quote(JSON.stringify(value))}`);
      return { name: host.name, variables, line: words.join(" ") };
    }),
    groups,
    parents: new Map([...parents].map(([name, below]) => [name, below.filter((group) => groups.has(group))])),
    nodes,
    warnings: [...warnings, ...left],
  };
}

/** Why Ansible would read something else than a host's name; undefined: it would not. */
function misread({ name, hosts }: SshConfigHost, taken: ReadonlySet<string>): string | undefined {
  if (!hosts.includes(name)) return "another guest or a node has its name";
  if (taken.has(name)) return "Ansible has a group or a host of this name";
  return undefined;
}

function variablesOf({ node, name, uuid, settings }: SshConfigHost, login: string): Record<string, string> {
  const options = settings.filter(([key]) => key !== "User").flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  return {
    ansible_host: name,
    ansible_user: login,
    ansible_ssh_common_args: commandLine(options),
    mclu_node: node,
    mclu_uuid: uuid,
  };
}

/** Ansible's groups are named like variables. */
function word(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, "_");
}
