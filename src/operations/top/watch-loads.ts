import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../cluster/cluster.ts";
import type { Node } from "../../node/node.ts";
import { createSlots } from "../../node/slots.ts";
import { endedBy } from "../../node/until-aborted.ts";
import { rememberNodes } from "../last-seen.ts";
import { type NodeNow, observersOf } from "./observer.ts";
import { seenNode } from "./top.ts";

export interface WatchOptions {
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[];
  /** From one question to a node to the next one. */
  readonly seconds: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Called with every node at once, as it is remembered, and then as each answers or gives up. */
  readonly onNode: (now: NodeNow) => void;
}

/** Seconds between two tries of a node that does not answer: they become longer up to these. */
const longestPause = 10;
/** Seconds after which what has not changed is written down again. */
const freshness = 60;

/**
 * Looks at nodes and guests until the signal, each node at its own pace over one connection: one that is slow or silent
 * keeps no other waiting. Where there are more nodes than `fanout`, connections are opened for each look.
 */
export async function watchLoads(cluster: Cluster, options: WatchOptions): Promise<void> {
  const { nodes: names = [], onNode, signal } = options;
  const nodes = cluster.select(names);
  const slots = createSlots(cluster.config.fanout);
  const memory = createMemory(cluster);
  const observer = observersOf(cluster);
  for (const node of nodes) onNode(observer(node).now);
  const end = endedBy(signal);
  const asking = { signal: end.signal, patient: names.length > 0, repeatable: true };
  const look = async (node: Node) => {
    const ask = () => cluster.ask([node], (each) => observer(each).ask(each, asking), { signal: end.signal });
    const outcomes = await slots.use(ask, end.signal);
    end.signal.throwIfAborted();
    for (const outcome of outcomes) {
      const now = observer(node).settle(outcome);
      memory.keep(now);
      onNode(now);
    }
    return observer(node).now.state === "on";
  };
  const follow = async (node: Node) => {
    for (let silent = 0; ; ) {
      const began = performance.now();
      silent = (await look(node)) ? 0 : silent + 1;
      const took = performance.now() - began;
      // what takes long is not asked all the time
      await sleep(Math.max(pauseOf(options.seconds, silent) * 1000 - took, took), undefined, { signal: end.signal });
    }
  };
  try {
    await Promise.all(nodes.map(follow));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    end.abort();
  }
}

/** @param silent how often a node has not answered by now, one time after the other */
function pauseOf(seconds: number, silent: number): number {
  return silent < 2 ? seconds : Math.max(seconds, Math.min(longestPause, seconds * 2 ** (silent - 1)));
}

/** Remembers what nodes have, when it is something new or a while ago. */
function createMemory(cluster: Cluster) {
  const kept = new Map<string, { readonly text: string; readonly at: number }>();
  return {
    keep(now: NodeNow): void {
      if (now.state !== "on") return;
      const { node, known, seen } = now;
      const text = JSON.stringify(known);
      const last = kept.get(node);
      if (last && last.text === text && seen - last.at < freshness) return;
      kept.set(node, { text, at: seen });
      rememberNodes(cluster, seenNode(now));
    },
  };
}
