import type { Cluster } from "../cluster/cluster.ts";
import { NodeError } from "../node/failure.ts";
import { lookup } from "../node/ssh/known-hosts.ts";
import { readKnownHosts } from "../node/ssh/known-hosts-file.ts";
import { isNodesName } from "./guest-ssh.ts";

/**
 * Tells whose a name is to the user's ssh, if it is not a guest's: a node's, a host's on the way to one, or that of a host
 * whose key the user trusts. Whoever may define a guest would have those logins by calling it so.
 */
export async function foreignNames(cluster: Cluster): Promise<(name: string) => string | undefined> {
  const far = cluster.nodes.filter(({ settings }) => settings.transport !== "local");
  const located = await Promise.all(
    far.map((node) =>
      cluster.locate(node).catch((error: unknown) => {
        // it stands in what `findGuests` says of the node
        if (error instanceof NodeError) return { names: [], knownHosts: [] };
        throw error;
      }),
    ),
  );
  const onTheWay = new Set(located.flatMap(({ names }) => names).map((name) => name.toLowerCase()));
  const files = await readKnownHosts([...new Set(located.flatMap(({ knownHosts }) => knownHosts))]);
  return (name) => {
    if (isNodesName(cluster, name)) return "is a node";
    if (onTheWay.has(name.toLowerCase())) return "is a host on the way to a node";
    const isKnown = lookup(files, { host: name, port: 22 }).some(({ marker }) => marker === undefined);
    return isKnown ? "is a host of your known_hosts" : undefined;
  };
}
