import type { ChangeResult } from "../change-report.ts";
import type { MoveResult } from "../move/move-report.ts";

/** What became of a node that was to be switched on or off; the outcomes mean what they mean for a guest. */
export type NodeResult = Omit<ChangeResult, "name" | "uuid">;

export interface NodeChangeReport {
  readonly verb: "on" | "off";
  readonly results: readonly NodeResult[];
  /** The guests that were stopped for it, or were not. */
  readonly guests: readonly ChangeResult[];
  /** The same for guests that were moved. */
  readonly moves: readonly MoveResult[];
  readonly warnings: readonly string[];
}

/** A result without its node and its time, which whoever times it adds. */
export type NodeEnd = Omit<NodeResult, "node" | "seconds">;

export function nodeEnd(
  outcome: NodeEnd["outcome"],
  what: string,
  detail: string | null = null,
  hint: string | null = null,
): NodeEnd {
  return { outcome, what, detail, hint };
}

/** Adds the node and the seconds since `started`, a time of `performance.now`. */
export function nodeResult(node: string, started: number, end: NodeEnd): NodeResult {
  return { node, ...end, seconds: Math.round(performance.now() - started) / 1000 };
}
