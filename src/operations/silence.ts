import { type ExitCode, exitCodes, worstExitCode } from "../errors.ts";

/** A node that did not answer, as reports carry it. */
export type Silence =
  | { readonly state: "off"; readonly detail: string }
  | { readonly state: "failed"; readonly reason: string; readonly detail: string; readonly hint: string };

/**
 * The exit code of a read: a failed node makes it partial, a node that is off does not count, and when not one node
 * answered it is unreachable, off or not.
 */
export function readExitCode(nodes: readonly { readonly state: "on" | "off" | "failed" }[]): ExitCode {
  if (nodes.length > 0 && nodes.every((node) => node.state !== "on")) return exitCodes.unreachable;
  return worstExitCode(nodes.map((node) => (node.state === "failed" ? exitCodes.partial : exitCodes.done)));
}
