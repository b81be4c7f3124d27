import { currentAccount } from "../account.ts";
import type { ClusterConfig } from "../cluster/config.ts";
import { directoriesOf } from "../directories.ts";
import { type KnownJob, readKnownJobs } from "../state/known-jobs.ts";
import { readLastSeen, type SeenGuest } from "../state/last-seen.ts";
import { findTemplates } from "./find-template.ts";
import { namedHosts } from "./init/ssh-hosts.ts";

export interface KnownGuest {
  readonly node: string;
  readonly name: string;
  readonly state: "off" | "running" | "paused" | "crashed";
  /** Of its node. */
  readonly groups: readonly string[];
}

/** Names that this machine knows without asking anybody. */
export interface KnownNames {
  /** Nodes, and groups as `@GROUP`. */
  readonly nodes: readonly string[];
  /** Guests as their nodes last showed them. */
  readonly guests: readonly KnownGuest[];
  readonly jobs: readonly KnownJob[];
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
  const groupsOf = new Map(config.nodes.map(({ name, groups }) => [name, groups]));
  const guests = readLastSeen(cache, config.path ?? "", uid).flatMap(({ node, guests }) => {
    const groups = groupsOf.get(node);
    return groups ? guests.map((guest) => ({ node, name: guest.name, state: stateOf(guest), groups })) : [];
  });
  const groups = new Set([...groupsOf.values()].flat());
  return {
    nodes: [...groupsOf.keys(), ...[...groups].map((group) => `@${group}`)],
    guests,
    jobs: readKnownJobs(cache, config.path ?? "", uid),
    templates: async () => (await findTemplates(config)).map(({ name }) => name),
    hosts,
  };
}

function stateOf({ active, paused, crashed }: SeenGuest): KnownGuest["state"] {
  if (!active) return "off";
  if (crashed) return "crashed";
  return paused ? "paused" : "running";
}
