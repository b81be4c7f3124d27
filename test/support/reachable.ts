import type { Cluster } from "../../src/cluster/cluster.ts";

/** Lets nodes hear each other, for a move: each listens at one of qemu's ports, and for us where it relays. */
export function reachable(cluster: Cluster, relays = false): Cluster {
  for (const node of cluster.nodes)
    Object.assign(node, {
      use: async (_how: object, work: (transport: object) => unknown) =>
        work(relays ? { listen: () => undefined } : {}),
      stream: async (_command: object, { onStdout, onStderr }: Record<string, (chunk: Buffer) => void>) => {
        onStderr?.(Buffer.from("a word\n"));
        onStdout?.(Buffer.from("49152 10.0.0.1\n"));
        return { kind: "exit", code: 0 };
      },
    });
  return cluster;
}
