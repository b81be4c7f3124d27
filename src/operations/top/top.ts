import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../cluster/cluster.ts";
import type { Node } from "../../node/node.ts";
import { rememberNodes } from "../last-seen.ts";
import { type NodeNow, observersOf } from "./observer.ts";
import { type TopChoice, type TopReport, topReport } from "./report.ts";

export interface TopOptions extends TopChoice {
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[];
  /** From the first look to the second one; rates are those of the time in between. */
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** What every node and guest does now, by two looks. */
export async function top(cluster: Cluster, options: TopOptions): Promise<TopReport> {
  const { nodes: names = [], seconds, signal } = options;
  const nodes = cluster.select(names);
  const observer = observersOf(cluster);
  const asking = { signal, patient: names.length > 0, repeatable: true };
  const look = async (asked: readonly Node[]) => {
    const outcomes = await cluster.ask(asked, (node) => observer(node).ask(node, asking), { signal });
    for (const outcome of outcomes) observer(cluster.node(outcome.node)).settle(outcome);
  };
  await look(nodes);
  const answering = nodes.filter((node) => observer(node).now.state === "on");
  if (answering.length > 0) {
    await sleep(seconds * 1000, undefined, { signal });
    await look(answering);
  }
  const now = nodes.map((node) => observer(node).now);
  rememberNodes(cluster, now.flatMap(seenNode));
  return topReport(now, options);
}

/** What is remembered of a node that answered. */
export function seenNode(now: NodeNow) {
  return now.state === "on" ? [{ node: now.node, at: now.seen, guests: now.known }] : [];
}
