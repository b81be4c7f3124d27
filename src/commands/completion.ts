import { Argument, Command, Option } from "commander";
import { readConfig } from "../cluster/open.ts";
import { exitCodes } from "../errors.ts";
import { knownNames } from "../operations/known-names.ts";
import { commandEntries } from "./all.ts";
import { type Candidates, candidatesAt } from "./complete/candidates.ts";
import { positionOf } from "./complete/position.ts";
import { type Shell, scripts, shells } from "./complete/scripts.ts";
import { forBash, splitTyped } from "./complete/typed-line.ts";
import type { Context } from "./context.ts";

/** What makes a running shell take its script. */
const loading: Readonly<Record<Shell, string>> = {
  bash: "source <(mclu completion bash)",
  zsh: "source <(mclu completion zsh)",
  fish: "mclu completion fish | source",
};

const help = `
Examples:
${shells.map((shell) => `  ${loading[shell]}`).join("\n")}

Names of guests, templates, jobs and nodes come from mclu.conf and from what was seen last, hosts for mclu init from
~/.ssh/config and known_hosts: TAB never contacts a node.`;

interface WordsFlags {
  readonly shell: Shell;
  readonly breaks: string;
}

export function registerCompletion(program: Command, context: Context): void {
  const group = program
    .command("completion")
    .description("print what makes a shell complete mclu's words at TAB")
    .addHelpText("after", help);
  for (const shell of shells)
    group
      .command(shell)
      .description(`the script for ${shell}`)
      .addHelpText("after", `\nExamples:\n  ${loading[shell]}`)
      .action(() => {
        context.terminal.out(scripts[shell]);
        context.finish(exitCodes.done);
      });
  group
    .command("words", { hidden: true })
    .description("what the scripts ask")
    .addOption(new Option("--shell <shell>").choices(shells).makeOptionMandatory())
    .option("--breaks <characters>", "$COMP_WORDBREAKS of bash", "")
    .addArgument(new Argument("[typed...]", "bash: the line; others: its words"))
    .action(async (typed: string[], { shell, breaks }: WordsFlags) => {
      const { words, current, raw } = shell === "bash" ? typedInBash(typed) : typedElsewhere(typed);
      const found = await complete(program, context, words, current);
      const answers = found.words.flatMap(({ word, description }) => {
        if (shell === "bash") return forBash(word, raw, breaks) ?? [];
        return shell === "fish" && description ? `${word}\t${description}` : word;
      });
      context.terminal.out([found.files ? "files" : "words", ...answers, ""].join("\n"));
      context.finish(exitCodes.done);
    });
}

function typedInBash([line = ""]: readonly string[]) {
  const { words, ...last } = splitTyped(line);
  return { words: words.slice(1), ...last };
}

function typedElsewhere(typed: readonly string[]) {
  const current = typed.at(-1) ?? "";
  return { words: typed.slice(0, -1), current, raw: current };
}

/** Never rejects: where something goes wrong there is nothing to offer. */
async function complete(
  program: Command,
  context: Context,
  words: readonly string[],
  current: string,
): Promise<Candidates> {
  // as the program is: what hands options on to another program wants them to have their places
  const whole = new Command().enablePositionalOptions();
  for (const option of program.options) whole.addOption(option);
  for (const register of await Promise.all(commandEntries.map(({ load }) => load()))) register(whole, context);
  try {
    const isHelp = words[0] === "help";
    const position = positionOf(whole, isHelp ? words.slice(1) : words, current);
    if (isHelp && position.kind !== "command") return { words: [], files: false };
    const configuration = { ...context.configuration(), ...configNamedIn(words, whole) };
    // a mistake in mclu.conf leaves what it does not name: commands, and hosts of which to make another
    const config = await readConfig(configuration).catch(() => undefined);
    const found = await candidatesAt(position, current, knownNames(config, context.env, configuration.cwd));
    if (!isHelp || words.length > 1) return found;
    const { topics } = await import("./topics/all.ts");
    const begun = topics.filter(({ name }) => name.startsWith(current));
    return {
      ...found,
      words: [...found.words, ...begun.map(({ name, summary }) => ({ word: name, description: summary }))],
    };
  } catch {
    return { words: [], files: false };
  }
}

/** `-f FILE` on the line that is being typed; behind a command with an option of that name (`logs -f`) it is that. */
function configNamedIn(words: readonly string[], { commands }: Command): { readonly file?: string } {
  const taken = commands.flatMap((one) => (one.options.some(({ short }) => short === "-f") ? one.name() : []));
  const own = words.findIndex((word) => taken.includes(word));
  const joined = words.find((word) => word.startsWith("--config="))?.slice("--config=".length);
  const at = words.findIndex((word, index) => word === "--config" || (word === "-f" && (own < 0 || index < own)));
  const file = joined ?? (at < 0 ? undefined : words[at + 1]);
  return file === undefined ? {} : { file };
}
