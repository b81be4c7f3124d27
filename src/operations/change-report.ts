import { type ExitCode, exitCodes, worstExitCode } from "../errors.ts";
import type { NodeAnswer } from "./list.ts";

/**
 * What became of a guest. `unknown`: the change went out and nobody heard its end, so that it may have been done;
 * `interrupted`: it was not begun, the user having ended the run before.
 */
export type ChangeOutcome =
  | "done"
  | "already"
  | "refused"
  | "failed"
  | "unreachable"
  | "deadline"
  | "unknown"
  | "interrupted";

export interface ChangeResult {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  readonly outcome: ChangeOutcome;
  /** In words: `started`, `already running`, `not started`. */
  readonly what: string;
  /** Why, from libvirt, the node or here. */
  readonly detail: string | null;
  /** What to type next. */
  readonly hint: string | null;
  /** From the beginning of this guest's change to its end; 0 where nothing was done. */
  readonly seconds: number;
}

export interface ChangeReport {
  readonly verb: string;
  readonly results: readonly ChangeResult[];
  readonly nodes: readonly NodeAnswer[];
  readonly warnings: readonly string[];
}

/** The exit code of a change of guests, or of nodes. */
export function changeExitCode({ results }: { readonly results: readonly Pick<ChangeResult, "outcome">[] }): ExitCode {
  const succeeded = results.some(({ outcome }) => outcome === "done" || outcome === "already");
  return worstExitCode(results.map(({ outcome }) => codeOf(outcome, succeeded)));
}

function codeOf(outcome: ChangeOutcome, succeeded: boolean): ExitCode {
  switch (outcome) {
    case "done":
    case "already":
      return exitCodes.done;
    case "refused":
      return exitCodes.refused;
    case "unreachable":
    case "unknown":
      return exitCodes.unreachable;
    case "deadline":
      return exitCodes.deadline;
    case "failed":
      return succeeded ? exitCodes.partial : exitCodes.failed;
    case "interrupted":
      return exitCodes.interrupted;
  }
}
