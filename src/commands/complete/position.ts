import type { Argument, Command, Option } from "commander";

/** What stands where the cursor is. */
export type Position =
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "option"; readonly command: Command }
  /** `begun` is what stands before the value in the same word: `--node=`. */
  | { readonly kind: "value"; readonly option: Option; readonly begun: string }
  | {
      readonly kind: "argument";
      readonly command: Command;
      readonly argument: Argument;
      /** What stands in the places of arguments already. */
      readonly given: readonly string[];
      /** What `--node` was given. */
      readonly nodes: readonly string[];
    }
  /** What belongs to another program, or nothing. */
  | { readonly kind: "none" };

/**
 * Where in a program's commands the word comes that is being typed.
 * @param words before it, without the program itself
 */
export function positionOf(program: Command, words: readonly string[], current: string): Position {
  let command = program;
  let awaiting: Option | undefined;
  const given: string[] = [];
  const nodes: string[] = [];
  for (const word of words) {
    if (awaiting) {
      if (awaiting.long === "--node") nodes.push(word);
      awaiting = undefined;
      continue;
    }
    if (word === "--") return { kind: "none" };
    if (word.startsWith("-") && word !== "-") {
      const option = optionOf(command, word) ?? optionOf(program, word);
      if (option && takesValue(option) && !word.includes("=")) awaiting = option;
      if (word.startsWith("--node=")) nodes.push(word.slice("--node=".length));
      continue;
    }
    const below = given.length === 0 ? subcommand(command, word) : undefined;
    if (below) command = below;
    else given.push(word);
  }
  if (awaiting) return { kind: "value", option: awaiting, begun: "" };
  const [begun] = /^--[^=]+=/.exec(current) ?? [];
  if (begun !== undefined) {
    const option = optionOf(command, begun) ?? optionOf(program, begun);
    return option && takesValue(option) ? { kind: "value", option, begun } : { kind: "none" };
  }
  if (current.startsWith("-")) return { kind: "option", command };
  if (command.commands.length > 0 && given.length === 0) return { kind: "command", command };
  const { registeredArguments: places } = command;
  const argument = places[given.length] ?? (places.at(-1)?.variadic ? places.at(-1) : undefined);
  return argument ? { kind: "argument", command, argument, given, nodes } : { kind: "none" };
}

function subcommand(command: Command, word: string): Command | undefined {
  return command.commands.find((below) => below.name() === word || below.aliases().includes(word));
}

function optionOf(command: Command, word: string): Option | undefined {
  const [name] = word.split("=");
  return command.options.find(({ short, long }) => name === short || name === long);
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}
