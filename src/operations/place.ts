import type { Cluster } from "../cluster/cluster.ts";
import { buildFactsQuery } from "../libvirt/build-facts.ts";
import type { Node } from "../node/node.ts";
import type { NodeAnswer } from "./list.ts";
import { askOverview } from "./overview.ts";
import { best, type Candidate, type Demand, type Fit, judge } from "./placement.ts";
import { nodeTotals } from "./status.ts";

export interface PlaceReport {
  readonly demand: Demand;
  /** In configuration order; nodes that did not answer are in `nodes` alone. */
  readonly fits: readonly Fit[];
  /** Where a guest would go; null: nowhere. */
  readonly chosen: string | null;
  readonly nodes: readonly NodeAnswer[];
}

export interface PlaceOptions {
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[];
  /** Instead of each node's own. */
  readonly network?: Node["settings"]["network"] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where a guest would be built now, and why there. */
export async function place(cluster: Cluster, demand: Demand, options: PlaceOptions = {}): Promise<PlaceReport> {
  const { candidates, nodes } = await findCandidates(cluster, options);
  const fits = judge(candidates, demand);
  return { demand, fits, chosen: best(fits)?.node ?? null, nodes };
}

/** Every node that answers, with what decides whether it can take a guest. */
export async function findCandidates(
  cluster: Cluster,
  options: PlaceOptions = {},
): Promise<{ readonly candidates: readonly Candidate[]; readonly nodes: readonly NodeAnswer[] }> {
  const nodes = cluster.select(options.nodes ?? []);
  const asking = { signal: options.signal, patient: (options.nodes ?? []).length > 0 };
  const ask = async (node: Node): Promise<Candidate> => {
    const { pool, weight, hostReserve } = node.settings;
    const network = options.network ?? node.settings.network;
    const overview = await askOverview(node, asking);
    const facts = await node.ask(buildFactsQuery(pool, network), asking);
    return { node: node.name, pool, network, weight, free: nodeTotals(overview, hostReserve).free, facts };
  };
  const outcomes = await cluster.ask(nodes, ask, { signal: options.signal });
  return {
    candidates: outcomes.flatMap((outcome) => (outcome.state === "on" ? [outcome.value] : [])),
    nodes: outcomes.map((outcome) => (outcome.state === "on" ? { node: outcome.node, state: "on" } : outcome)),
  };
}
