import type { Cluster } from "../cluster/cluster.ts";
import { type StatusReport, status } from "./status.ts";

/** A node as it is configured, and how it is. */
export interface NodeRow {
  readonly node: string;
  readonly status: StatusReport["nodes"][number];
  /** What ssh is asked for. */
  readonly host: string;
  readonly user: string | null;
  readonly port: number | null;
  readonly transport: string;
  readonly become: string;
  readonly uri: string;
  readonly groups: readonly string[];
  readonly weight: number;
  readonly mac: string | null;
}

export interface NodeListReport {
  readonly nodes: readonly NodeRow[];
}

/** Every node with its configuration and state. */
export async function nodeList(
  cluster: Cluster,
  options: { readonly nodes?: readonly string[]; readonly signal?: AbortSignal },
): Promise<NodeListReport> {
  const report = await status(cluster, options);
  const nodes = report.nodes.map((known) => {
    const { settings } = cluster.node(known.node);
    const { host, user = null, port = null, transport, become, uri, groups, weight, mac = null } = settings;
    return { node: known.node, status: known, host, user, port, transport, become, uri, groups, weight, mac };
  });
  return { nodes };
}
