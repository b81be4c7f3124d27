import { type ExitCode, exitCodes, worstExitCode } from "../../errors.ts";
import type { PreparedMoves } from "../move/drain.ts";
import type { MovePlan } from "../move/move-plan.ts";
import type { ChangeTarget } from "../plan.ts";
import type { OffRefusal } from "./off-refusals.ts";

/** A node that is switched off, and what comes before. */
export interface OffChange {
  readonly node: string;
  readonly verdict: "change";
  /** Guests that are moved away before. */
  readonly moves: readonly MovePlan[];
  /** Guests that are stopped before. */
  readonly stops: readonly ChangeTarget[];
  /** Nodes of the same plan that are reached through it: it goes after them. */
  readonly after: readonly string[];
}

/** What `off` will do with a node, or why nothing. */
export type OffTarget = OffChange | ({ readonly node: string } & OffRefusal);

export interface OffPlan {
  readonly targets: readonly OffTarget[];
}

/** A plan, and what applying it needs besides. */
export interface PreparedOff {
  readonly plan: OffPlan;
  /** The moves of each node, by its name. */
  readonly drains: ReadonlyMap<string, PreparedMoves>;
}

/** The nodes that a plan switches off. */
export function offTargets({ targets }: OffPlan): readonly OffChange[] {
  return targets.filter((target) => target.verdict === "change");
}

/** The exit code of a plan that is only shown. */
export function offPlanExitCode({ targets }: OffPlan): ExitCode {
  const codes = { change: exitCodes.done, refused: exitCodes.refused, unreachable: exitCodes.unreachable };
  return worstExitCode(targets.map(({ verdict }) => codes[verdict]));
}
