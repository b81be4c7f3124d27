import { Command, type ErrorOptions, type Option } from "commander";
import { exitCodes, UserError } from "../errors.ts";
import { closest } from "../suggest.ts";

/** A command whose errors point to its own help. */
export class HelpfulCommand extends Command {
  #passesThrough = false;

  override createCommand(name?: string): HelpfulCommand {
    return new HelpfulCommand(name);
  }

  /** Says what a command is called with where something is missing, and what there is where a word is none of it. */
  override error(text: string, options?: ErrorOptions): never {
    const isOption = options?.code === "commander.unknownOption";
    const message = isOption ? this.#insteadOf(text) : suggesting(text, []);
    if (options?.code === "commander.missingArgument")
      super.error(`${message}: ${pathOf(this).join(" ")} ${this.usage()}`, options);
    if (options?.code === "commander.unknownCommand" && this.parent)
      super.error(`${message}\n${pathOf(this).join(" ")} ${namesBelow(this).join("|")}`, options);
    return super.error(message, options);
  }

  /** What to type instead of an option that the command has not: some take nodes by `--node`, others as they stand. */
  #insteadOf(text: string): string {
    const takesNodes = this.registeredArguments.some((argument) => argument.name() === "node");
    if (takesNodes && /^error: unknown option '--node[=']/.test(text))
      return `${text.split("\n")[0]}: nodes need no option here: ${pathOf(this).join(" ")} NODE`;
    return suggesting(text, this.options);
  }

  override copyInheritedSettings(source: Command): this {
    super.copyInheritedSettings(source);
    const [, ...path] = pathOf(source);
    return this.showHelpAfterError(`see: mclu help ${[...path, this.name()].join(" ")}`);
  }

  override passThroughOptions(passThrough = true): this {
    this.#passesThrough = passThrough;
    return super.passThroughOptions(passThrough);
  }

  /** Before an option takes the next one for the value that was forgotten: with `--dry-run` as its value the plan would be carried out. */
  override parseOptions(args: string[]): ReturnType<Command["parseOptions"]> {
    for (let at = 0; at < args.length; at++) {
      const word = args[at] ?? "";
      if (word === "--") break;
      const isOperand = word === "-" || !word.startsWith("-");
      if (isOperand && (this.#passesThrough || this.commands.length > 0)) break;
      const option = this.options.find((one) => one.short === word || one.long === word);
      if (!option?.required) continue;
      const value = args[++at] ?? "";
      if (["-h", "--help"].includes(value) || this.options.some((one) => one.short === value || one.long === value))
        this.error(
          `error: option '${option.flags}' wants a value, and ${value} is an option (a value like that: ${word}${word.startsWith("--") ? "=" : ""}${value})`,
          { code: "commander.optionMissingArgument" },
        );
    }
    return super.parseOptions(args);
  }

  override usage(text: string): this;
  override usage(): string;
  /** One way to write what a command takes, whoever wrote it: `[options] GUEST... [NODE]`. */
  override usage(text?: string): this | string {
    return text === undefined ? inCapitals(super.usage()) : super.usage(text);
  }

  /** What is wrong with a value is said with the option that it was given to. */
  override addOption(option: Option): this {
    const { parseArg: parse } = option;
    if (parse) option.parseArg = (value, previous) => namingOption(option, () => parse(value, previous));
    return super.addOption(option);
  }
}

/** Commander's `<guest...> [node]` as `GUEST... [NODE]`; what it says of options stays. */
function inCapitals(usage: string): string {
  return usage
    .replaceAll(/<([a-z|-]+(?:\.\.\.)?)>/g, (_, name: string) => name.toUpperCase())
    .replaceAll(/\[(?!options\])([a-z|-]+(?:\.\.\.)?)\]/g, (_, name: string) => `[${name.toUpperCase()}]`);
}

/**
 * Commander's suggestion in the words of mclu's own, on the same line. Of an option also those that the help leaves out,
 * and none that is merely as long: commander takes half of the letters for enough (`--wide` for `--node`).
 */
function suggesting(message: string, options: readonly Option[]): string {
  const [said = message, guesses = ""] = message.split(/\n\(Did you mean (?:one of )?(.+)\?\)$/);
  const [, unknown] = /^error: unknown option '--([^'=]+)/.exec(said) ?? [];
  if (unknown === undefined) return guesses ? `${said}: did you mean ${guesses.replaceAll(", ", " or ")}?` : message;
  const known = [...guesses.split(", ").filter(Boolean), ...options.flatMap(({ long }) => long ?? [])];
  const near = closest(
    unknown,
    known.map((long) => long.replace(/^--/, "")),
  );
  return near === undefined ? said : `${said}: did you mean --${near}?`;
}

function namingOption<T>({ long, short }: Option, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, hint, exitCode } = error;
    throw new UserError(`${long ?? short}: ${message}`, { hint, exitCode });
  }
}

function namesBelow(command: Command): readonly string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .flatMap((below) => (below.name() === "help" ? [] : below.name()));
}

/** How a command is called: `mclu node list`. Aliases stay hidden. */
export function pathOf(command: Command): readonly string[] {
  return command.parent ? [...pathOf(command.parent), command.name()] : [command.name()];
}

/**
 * `help node list` as `node list --help`, which commander's own `help` does not know; anything else as it is. Throws
 * UserError (exit 2) for help about a command that there is not.
 */
export function spellOutHelp(
  program: Command,
  argv: readonly string[],
  topics: readonly { readonly name: string }[],
): readonly string[] {
  const [first, ...words] = argv;
  if (first === "help" && words[0] === "help") return ["help"];
  if (first !== "help" || words.length === 0 || words.some((word) => word.startsWith("-"))) return argv;
  let command = program;
  for (const word of words) {
    const found = command.commands.find((below) => below.name() === word || below.aliases().includes(word));
    if (!found) throw noSuchCommand(command, word, command === program ? topics.map(({ name }) => name) : []);
    command = found;
  }
  return [...words, "--help"];
}

function noSuchCommand(command: Command, word: string, topics: readonly string[]): UserError {
  const names = [...command.commands.map((below) => below.name()), ...topics];
  const near = closest(word, names);
  const name = [...pathOf(command).slice(1), word].join(" ");
  return new UserError(`there is no command ${name}${near === undefined ? "" : `: did you mean ${near}?`}`, {
    hint: pathOf(command).join(" ").replace("mclu", "mclu help"),
    exitCode: exitCodes.usage,
  });
}
