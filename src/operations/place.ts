import type { Cluster } from "../cluster/cluster.ts";
import { buildFactsQuery } from "../libvirt/build-facts.ts";
import { combine } from "../libvirt/query.ts";
import { reservationsQuery } from "../node/jobs/reservation.ts";
import type { Node } from "../node/node.ts";
import { rememberGuests } from "./last-seen.ts";
import type { NodeAnswer } from "./list.ts";
import { askOverview } from "./overview.ts";
import { best, type Candidate, type Demand, type Fit, judge } from "./placement.ts";
import type { PlacedReservation } from "./standing.ts";
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
  readonly pool?: string | undefined;
  /** Give every node the time that one asked for by name has: what is not heard is not known. */
  readonly patient?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Where a guest would be built now, and why there. */
export async function place(cluster: Cluster, demand: Demand, options: PlaceOptions = {}): Promise<PlaceReport> {
  const { candidates, nodes } = await findCandidates(cluster, options);
  const fits = judge(candidates, demand);
  return { demand, fits, chosen: best(fits)?.node ?? null, nodes };
}

export interface Candidates {
  readonly candidates: readonly Candidate[];
  /** Every guest of the nodes that answered. */
  readonly guests: readonly { readonly node: string; readonly name: string }[];
  /** Guests that somebody is making on them. */
  readonly reserved: readonly PlacedReservation[];
  readonly nodes: readonly NodeAnswer[];
}

/** Every node that answers, with what decides whether it can take a guest. */
export async function findCandidates(cluster: Cluster, options: PlaceOptions = {}): Promise<Candidates> {
  const nodes = cluster.select(options.nodes ?? []);
  const { patient = (options.nodes ?? []).length > 0 } = options;
  const asking = { signal: options.signal, patient };
  const ask = async (node: Node) => {
    const { weight, hostReserve } = node.settings;
    const { pool = node.settings.pool, network = node.settings.network } = options;
    // reservations before guests: what turns from one into the other in between counts twice, and not never
    const [reservations, facts] = await node.ask(
      combine(reservationsQuery(node), buildFactsQuery(pool, network)),
      asking,
    );
    const overview = await askOverview(node, asking);
    const live = reservations.filter(({ stale }) => !stale);
    const reserved = live.reduce((sum, { memory }) => sum + memory, 0);
    const { free } = nodeTotals(overview, hostReserve + reserved);
    const configured = { pool: options.pool === undefined, network: options.network === undefined };
    const candidate: Candidate = { node: node.name, pool, network, weight, free, facts, configured };
    return { candidate, overview, reserved: live.map((one) => ({ node: node.name, ...one })) };
  };
  const outcomes = await cluster.ask(nodes, ask, { signal: options.signal });
  const answers = outcomes.flatMap((outcome) => (outcome.state === "on" ? [outcome.value] : []));
  rememberGuests(
    cluster,
    outcomes.map((outcome) => (outcome.state === "on" ? { ...outcome, value: outcome.value.overview } : outcome)),
  );
  return {
    candidates: answers.map(({ candidate }) => candidate),
    guests: answers.flatMap(({ candidate: { node }, overview }) =>
      overview.domains.map(({ name }) => ({ node, name })),
    ),
    reserved: answers.flatMap(({ reserved }) => reserved),
    nodes: outcomes.map((outcome) => (outcome.state === "on" ? { node: outcome.node, state: "on" } : outcome)),
  };
}
