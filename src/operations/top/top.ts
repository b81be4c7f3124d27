import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../cluster/cluster.ts";
import { recallGuests, rememberNodes } from "../last-seen.ts";
import { type NodeNow, observe } from "./observer.ts";
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
  const memory = new Map(recallGuests(cluster).map((seen) => [seen.node, seen]));
  const observers = nodes.map((node) => ({ node, observer: observe(node.name, memory.get(node.name)) }));
  const asking = { signal, patient: names.length > 0, repeatable: true };
  const look = async (pairs: typeof observers) => {
    const observer = new Map(pairs.map((pair) => [pair.node, pair.observer]));
    const outcomes = await cluster.ask(
      pairs.map(({ node }) => node),
      async (node) => {
        const own = observer.get(node);
        if (!own) throw new Error(`${node.name} was not to be asked`);
        return await own.ask(node, asking);
      },
      { signal },
    );
    for (const [index, outcome] of outcomes.entries()) pairs[index]?.observer.settle(outcome);
  };
  await look(observers);
  const answering = observers.filter(({ observer }) => observer.now.state === "on");
  if (answering.length > 0) {
    await sleep(seconds * 1000, undefined, { signal });
    await look(answering);
  }
  const now = observers.map(({ observer }) => observer.now);
  await rememberNodes(cluster, now.flatMap(seenNode));
  return topReport(now, options);
}

/** What is remembered of a node that answered. */
export function seenNode(now: NodeNow) {
  return now.state === "on" ? [{ node: now.node, at: now.seen, guests: now.known }] : [];
}
