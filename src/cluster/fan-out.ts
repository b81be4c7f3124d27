import pMap from "p-map";
import { NodeError, type NodeSilence } from "../node/failure.ts";
import type { Node } from "../node/node.ts";

/** What one node made of a question. A node's failure is a value: nothing a node does rejects the whole. */
export type NodeOutcome<T> = ({ readonly state: "on"; readonly value: T } | NodeSilence) & { readonly node: string };

export interface FanOutOptions<T> {
  /** How many nodes are asked at once. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  /** Called as each node settles, in the order they do. */
  readonly onSettled?: ((outcome: NodeOutcome<T>) => void) | undefined;
  /** Ends a node's turn, when it has settled: the next node waits for it. */
  readonly leave?: ((node: Node) => Promise<void>) | undefined;
}

/** Asks every node at once; the outcomes come back in the order of the nodes. */
export function fanOut<T>(
  nodes: readonly Node[],
  ask: (node: Node) => Promise<T>,
  options: FanOutOptions<T>,
): Promise<NodeOutcome<T>[]> {
  const one = async (node: Node): Promise<NodeOutcome<T>> => {
    const outcome = await settle(node, ask);
    // a node that we were cut off from has not failed
    if (outcome.state === "on" || !options.signal?.aborted) options.onSettled?.(outcome);
    await options.leave?.(node);
    return outcome;
  };
  return pMap(nodes, one, { concurrency: options.concurrency, ...(options.signal && { signal: options.signal }) });
}

async function settle<T>(node: Node, ask: (node: Node) => Promise<T>): Promise<NodeOutcome<T>> {
  try {
    return { node: node.name, state: "on", value: await ask(node) };
  } catch (error) {
    if (error instanceof NodeError) return { node: node.name, ...error.silence };
    throw error;
  }
}
