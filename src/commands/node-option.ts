import type { Command } from "commander";

export interface NodeFlags {
  readonly node?: readonly string[];
}

/** Adds `--node`, which limits where names are looked up. */
export function addNodeOption(command: Command, what = "guests"): Command {
  const collect = (value: string, previous: readonly string[] = []) => [...previous, value];
  return command.option("--node <node>", `only ${what} of this node or @group; may be repeated`, collect);
}
