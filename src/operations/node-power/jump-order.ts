import type { Cluster } from "../../cluster/cluster.ts";
import { NodeError } from "../../node/failure.ts";
import type { Node } from "../../node/node.ts";

/**
 * For each of these nodes, which of the others are reached through it: by ProxyJump of ssh's configuration or a ProxyCommand
 * that is an ssh, directly or by a node in between. What any other ProxyCommand goes through is not known.
 */
export async function nodesBehind(
  cluster: Cluster,
  nodes: readonly Node[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (nodes.length < 2) return new Map();
  const ways = await jumpsOfNodes(cluster);
  const leads = (from: string, to: string, seen: ReadonlySet<string>): boolean => {
    const jumps = ways.get(to) ?? [];
    return jumps.includes(from) || jumps.some((jump) => !seen.has(jump) && leads(from, jump, new Set([...seen, jump])));
  };
  const behind = (name: string) =>
    nodes.map((one) => one.name).filter((other) => other !== name && leads(name, other, new Set([other])));
  return new Map(nodes.map(({ name }) => [name, behind(name)]));
}

/** The configured nodes that are jump hosts of each. */
async function jumpsOfNodes(cluster: Cluster): Promise<ReadonlyMap<string, readonly string[]>> {
  const far = cluster.nodes.filter(({ settings }) => settings.transport !== "local");
  const located = await Promise.all(
    far.map((node) =>
      cluster.locate(node).then(
        (place) => [{ node, place }],
        (error: unknown) => {
          if (error instanceof NodeError) return [];
          throw error;
        },
      ),
    ),
  );
  const all = located.flat();
  return new Map(
    all.map(({ node, place: { jumps } }) => [
      node.name,
      all
        .filter(({ place }) => jumps.some(({ hostname, port }) => hostname === place.hostname && port === place.port))
        .map((one) => one.node.name),
    ]),
  );
}
