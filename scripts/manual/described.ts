import type { EventEmitter } from "node:events";
import type { Command } from "commander";
import { commandEntries } from "../../src/commands/all.ts";
import { pathOf } from "../../src/commands/command.ts";
import type { Context } from "../../src/commands/context.ts";
import { addCommands, createProgram } from "../../src/program.ts";

export interface Described {
  /** `mclu disk add` */
  readonly name: string;
  /** What stands behind the name. */
  readonly usage: string;
  readonly heading: string;
  readonly description: string;
  readonly options: readonly Term[];
  /** Behind the options: examples and explanations, as the help has them. */
  readonly more: string;
}

export type Term = readonly [term: string, meaning: string];

/** Every command that is not hidden, in the order of the help, and the program's own options. */
export async function describeCommands(): Promise<{ commands: readonly Described[]; options: readonly Term[] }> {
  const ignore = () => undefined;
  const program = createProgram({ out: ignore, err: ignore, size: undefined });
  // what a command is registered with is used when it runs
  await addCommands(program, commandEntries, { terminal: {} } as Context);
  return {
    commands: visible(program, "").flatMap(([command, heading]) => describe(command, heading)),
    options: optionsOf(program),
  };
}

function visible(parent: Command, heading: string): [Command, string][] {
  const help = parent.createHelp();
  return help
    .visibleCommands(parent)
    .filter((command) => command.name() !== "help")
    .map((command) => [command, heading || command.helpGroup().replace(/:$/, "")]);
}

function describe(command: Command, heading: string): Described[] {
  const below = visible(command, heading);
  const own: Described = {
    name: pathOf(command).join(" "),
    usage: command.usage().replace("[options] ", "").replace("[options]", "").trim(),
    heading,
    description: command.description(),
    options: optionsOf(command),
    more: textAfter(command),
  };
  return [own, ...below.flatMap(([each]) => describe(each, heading))];
}

function optionsOf(command: Command): Term[] {
  const help = command.createHelp();
  return help.visibleOptions(command).map((option) => [help.optionTerm(option), help.optionDescription(option)]);
}

/** What `addHelpText("after")` gave it. */
function textAfter(command: Command): string {
  const pieces: string[] = [];
  const emitter = command as unknown as EventEmitter;
  emitter.emit("afterHelp", { error: false, command, write: (piece: string) => pieces.push(piece) });
  return pieces.join("").trim();
}
