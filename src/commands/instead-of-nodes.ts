import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { onlyClosest } from "../suggest.ts";
import { pathOf } from "./command.ts";

/**
 * For a group that lists by default, so that what stands behind it is a node: throws UserError (exit 2) where it is none, and
 * nearly the name of one of the group's commands.
 * @param list the group's command that lists
 */
export function refuseMistypedCommand(list: Command, { nodes }: Cluster, [word]: readonly string[]): void {
  const names = nodes.map(({ name }) => name);
  if (word === undefined || word.startsWith("@") || names.includes(word)) return;
  const { parent } = list;
  const near = onlyClosest(word, parent?.commands.map((command) => command.name()) ?? []);
  if (!parent || near === undefined || onlyClosest(word, names) !== undefined) return;
  throw new UserError(`neither a node nor a command: ${word}: did you mean ${pathOf(parent).join(" ")} ${near}?`, {
    hint: `see: mclu help ${parent.name()}`,
    exitCode: exitCodes.usage,
  });
}
