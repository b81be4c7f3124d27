import type { Cluster } from "../cluster/cluster.ts";
import type { NodeOutcome } from "../cluster/fan-out.ts";
import { isActive } from "../libvirt/domains.ts";
import { type NodeDetails, nodeDetailsQuery } from "../libvirt/node-details.ts";
import type { Overview } from "../libvirt/overview.ts";
import type { Node } from "../node/node.ts";
import { type SameGuests, sameGuests } from "./duplicates.ts";
import { rememberGuests } from "./last-seen.ts";
import { askOverview } from "./overview.ts";
import { type RememberedGuest, rememberedGuests } from "./remembered.ts";
import type { Silence } from "./silence.ts";

export interface NodeTotals {
  readonly state: "on";
  readonly cpus: number;
  /** Bytes, as are the other amounts of memory. */
  readonly memory: number;
  /** By active guests: their vCPUs and maximum memory. null: libvirt did not say for every one of them. */
  readonly used: { readonly vcpus: number | null; readonly memory: number | null; readonly guests: number };
  /** memory - used - host-reserve; may be negative. */
  readonly free: number | null;
  /** Only when asked for. */
  readonly details?: NodeDetails;
}

/** A node that does not answer. `remembered`: only when asked for, the guests that it had when it last did. */
type SilentNode = Silence & { readonly remembered?: readonly RememberedGuest[] };

export type NodeStatus = { readonly node: string } & (NodeTotals | SilentNode);

export interface StatusReport {
  readonly nodes: readonly NodeStatus[];
  /** Only where there are some. */
  readonly duplicates?: readonly SameGuests[];
}

export interface StatusOptions {
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[];
  /** Ask for pool, networks, versions and load as well, and say what silent nodes had when they last answered. */
  readonly wide?: boolean | undefined;
  /** Nothing more is asked of these nodes: their connections end as they answer. */
  readonly once?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called as each node answers or gives up. */
  readonly onNode?: (status: NodeStatus) => void;
}

/** The state and the totals of every node. */
export async function status(cluster: Cluster, options: StatusOptions = {}): Promise<StatusReport> {
  const nodes = cluster.select(options.nodes ?? []);
  const reserves = new Map(nodes.map((node) => [node.name, node.settings.hostReserve]));
  const remembered = options.wide === true ? rememberedGuests(cluster) : undefined;
  const toStatus = (outcome: NodeOutcome<Answer>): NodeStatus => {
    if (outcome.state === "on") return nodeOn(outcome, reserves.get(outcome.node) ?? 0);
    return { ...outcome, ...(remembered && { remembered: remembered(outcome.node) }) };
  };
  const asking = { signal: options.signal, patient: (options.nodes ?? []).length > 0, repeatable: true };
  const ask = async (node: Node): Promise<Answer> => {
    const overview = await askOverview(node, asking);
    if (options.wide !== true) return overview;
    return { ...overview, details: await node.ask(nodeDetailsQuery(node.settings.pool, overview.info.cpus), asking) };
  };
  const outcomes = await cluster.ask(nodes, ask, {
    once: options.once,
    signal: options.signal,
    onSettled: (outcome) => options.onNode?.(toStatus(outcome)),
  });
  rememberGuests(cluster, outcomes);
  const duplicates = sameGuests(outcomes);
  return { nodes: outcomes.map(toStatus), ...(duplicates.length > 0 && { duplicates }) };
}

type Answer = Overview & { readonly details?: NodeDetails };

function nodeOn({ node, value }: NodeOutcome<Answer> & { state: "on" }, reserve: number): NodeStatus {
  const { details, ...overview } = value;
  return { node, state: "on", ...nodeTotals(overview, reserve), ...(details && { details }) };
}

/** What a node has, and what its guests leave of it. */
export function nodeTotals({ info, domains }: Overview, reserve: number): Omit<NodeTotals, "state" | "details"> {
  // a guest whose state is not known may be running: then the sums are not known either
  const holding = domains.filter(({ state }) => state === null || isActive(state));
  const memory = sum(holding.map((domain) => (domain.state === null ? null : domain.memory)));
  const vcpus = sum(holding.map((domain) => (domain.state === null ? null : domain.vcpus)));
  const guests = domains.filter(({ state }) => state !== null && isActive(state)).length;
  return { ...info, used: { vcpus, memory, guests }, free: memory === null ? null : info.memory - memory - reserve };
}

function sum(amounts: readonly (number | null)[]): number | null {
  return amounts.reduce(
    (total, amount) => (total === null || amount === null ? null : total + amount),
    0 as number | null,
  );
}
