import { currentAccount } from "../account.ts";
import type { ClusterConfig } from "../cluster/config.ts";
import { directoriesOf } from "../directories.ts";
import { readKnownJobs } from "../state/known-jobs.ts";
import { readLastSeen } from "../state/last-seen.ts";
import { findTemplates } from "./find-template.ts";
import { namedHosts } from "./init/ssh-hosts.ts";

export interface KnownGuest {
  readonly node: string;
  readonly name: string;
  readonly active: boolean;
}

/** Names that this machine knows without asking anybody. */
export interface KnownNames {
  /** Nodes, and groups as `@GROUP`. */
  readonly nodes: readonly string[];
  /** Guests as their nodes last showed them. */
  readonly guests: readonly KnownGuest[];
  readonly jobs: readonly string[];
  templates(): Promise<readonly string[]>;
  /** Hosts of which the user's ssh knows. */
  hosts(): readonly string[];
}

/**
 * What a configuration, the cache and ssh's files name. Contacts nothing.
 * @param config undefined where it cannot be read
 * @param env the environment, which says where the cache is
 */
export function knownNames(
  config: ClusterConfig | undefined,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): KnownNames {
  const hosts = () => namedHosts(env, cwd);
  if (!config) return { nodes: [], guests: [], jobs: [], templates: async () => [], hosts };
  const { cache } = directoriesOf(env);
  const { uid } = currentAccount();
  const names = new Set(config.nodes.map(({ name }) => name));
  const seen = readLastSeen(cache, config.source ?? "", uid).filter(({ node }) => names.has(node));
  const groups = new Set(config.nodes.flatMap((node) => node.groups));
  return {
    nodes: [...names, ...[...groups].map((group) => `@${group}`)],
    guests: seen.flatMap(({ node, guests }) => guests.map(({ name, active }) => ({ node, name, active }))),
    jobs: readKnownJobs(cache, config.source ?? "", uid).map(({ id }) => id),
    templates: async () => (await findTemplates(config)).map(({ name }) => name),
    hosts,
  };
}
