import type { ShownCommand } from "../operations/show-commands.ts";
import { clean } from "../render/clean.ts";
import type { Context } from "./context.ts";

/** What --show-commands prints: on stderr, a line for each command. */
export function showCommands({ terminal }: Context, commands: readonly ShownCommand[]): void {
  for (const { node, command } of commands) terminal.err(`${clean(node)}: ${clean(command)}\n`);
}
