import { type ExitCode, exitCodes, worstExitCode } from "../errors.ts";

/** A node that did not answer, as reports carry it. */
export type Silence =
  | { readonly state: "off"; readonly detail: string }
  | { readonly state: "failed"; readonly reason: string; readonly detail: string; readonly hint: string };

/**
 * The exit code of a read: a failed node makes it partial, a node that is off does not count. It is unreachable when a
 * node that was named did not answer, or when not one did, off or failed.
 * @param named what the user typed to choose nodes; a @group names none of its members
 */
export function readExitCode(
  nodes: readonly { readonly node: string; readonly state: "on" | "off" | "failed" }[],
  named: readonly string[] = [],
): ExitCode {
  const silent = nodes.filter(({ state }) => state !== "on");
  const isUnreachable = silent.some(({ node }) => named.includes(node)) || silent.length === nodes.length;
  if (silent.length > 0 && isUnreachable) return exitCodes.unreachable;
  return worstExitCode(silent.map(({ state }) => (state === "failed" ? exitCodes.partial : exitCodes.done)));
}

/** What is the matter with a node, in the words that follow its name; `detail` says more. */
export function silenceWords(silence: Silence): string {
  return silence.state === "off" ? "is off" : `failed: ${silence.reason}`;
}
