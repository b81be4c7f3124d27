import type { Command } from "commander";

export interface NodeFlags {
  readonly node?: readonly string[];
}

/** Adds `--node`, which limits where names are looked up. */
export function addNodeOption(command: Command, what = "guests"): Command {
  return command.option("--node <node>", `only ${what} of this node or @group; may be repeated`, collect);
}

/** Adds `--node` of what makes a guest: where that goes. */
export function addPlaceOption(command: Command): Command {
  return command.option("--node <node>", "make it on this node, or on the best of @group; may be repeated", collect);
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
