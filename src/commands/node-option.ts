import type { Command } from "commander";

export interface NodeFlags {
  readonly node?: readonly string[];
}

/** Adds `--node`, which limits what the names of guests are looked up in. */
export function addNodeOption(command: Command): Command {
  const collect = (value: string, previous: readonly string[] = []) => [...previous, value];
  return command.option("--node <node>", "only guests of this node or @group; may be repeated", collect);
}
