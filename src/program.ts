import { type Command, Option } from "commander";
import type { Overrides } from "./cluster/config.ts";
import { type CommandEntry, commandEntries, entriesFor, isOptionsAlone } from "./commands/all.ts";
import { HelpfulCommand, pathOf, spellOutHelp } from "./commands/command.ts";
import type { Context } from "./commands/context.ts";
import { listTopics, renderTopic, topicIn } from "./commands/topics/topic.ts";
import { exitCodes } from "./errors.ts";
import type { Run } from "./main.ts";
import { attentiveTerminal } from "./render/attentive-terminal.ts";
import { clean, cleanLines } from "./render/clean.ts";
import { createStyle, wantsColor } from "./render/style.ts";
import { terminalPrompter } from "./render/terminal-prompter.ts";
import { fitHelp } from "./render/wrap.ts";
import { version } from "./version.ts";

/** Parses the arguments and runs the command they name. Rejects with UserError and CommanderError. */
export async function runProgram({
  argv,
  terminal: base,
  env,
  cwd,
  signal,
  changes,
  relays,
  takeTime,
  self = ["mclu"],
}: Run): Promise<number> {
  let code: number = exitCodes.done;
  const terminal = attentiveTerminal(base);
  const program = createProgram(terminal);
  const context: Context = {
    terminal,
    env,
    signal,
    self,
    changes: () => changes?.(),
    relays: () => relays?.(),
    takeTime(milliseconds) {
      changes?.();
      takeTime?.(milliseconds);
    },
    style: createStyle(wantsColor(env, terminal.stdoutIsTty)),
    warnings: createStyle(wantsColor(env, terminal.stderrIsTty)),
    prompter: terminalPrompter(terminal),
    configuration() {
      const { config: file, ...overrides } = program.opts<GlobalOptions>();
      return { file, env, cwd, overrides: settingsOf(overrides), signal };
    },
    async withCluster(use, { mayAsk = true, mark = {} } = {}) {
      // whatever connects is loaded only where something connects
      const [{ openCluster }, { converse }] = await Promise.all([
        import("./cluster/open.ts"),
        import("./operations/conversation.ts"),
      ]);
      const cluster = await openCluster({
        ...{ ...context.configuration(), env: { ...env, ...mark } },
        conversation: mayAsk && context.prompter ? converse(context.prompter) : undefined,
      });
      if (cluster.config.source === null) terminal.err("no mclu.conf: showing this machine only\n");
      const unwatch = terminal.watch(() => cluster.awaited);
      try {
        return await use(cluster);
      } finally {
        unwatch();
        // a run that failed leaves what it had drawn where it is
        terminal.overlay(undefined);
        await cluster.close();
        for (const text of cluster.warnings) terminal.err(`${context.warnings.warn("warning:")} ${clean(text)}\n`);
      }
    },
    finish: (result) => {
      code = result;
    },
  };
  const valued = program.options.filter(({ required }) => required).flatMap(({ short, long }) => [short, long]);
  if (isOptionsAlone(argv, valued)) {
    program.parseOptions([...argv]);
    return (await import("./commands/welcome.ts")).welcome(context);
  }
  const entries = entriesFor(argv, valued);
  // the help, or a mistake
  const topics = entries === commandEntries ? (await import("./commands/topics/all.ts")).topics : [];
  const topic = topicIn(argv, topics);
  if (topic) {
    terminal.out(renderTopic(topic, terminal.size?.columns));
    return code;
  }
  await addCommands(program, entries, context);
  if (topics.length > 0) program.addHelpText("after", listTopics(topics, terminal.size?.columns));
  await program.parseAsync(spellOutHelp(program, argv, topics), { from: "user" });
  return code;
}

/** Loads commands and gives them to the program, each with the program's own options. */
export async function addCommands(program: Command, entries: readonly CommandEntry[], context: Context): Promise<void> {
  const registers = await Promise.all(entries.map(({ load }) => load()));
  for (const [index, register] of registers.entries()) {
    program.commandsGroup(entries[index]?.heading ?? "");
    register(program, context);
  }
  for (const command of program.commands) takeGlobalOptions(program, command);
}

interface GlobalOptions {
  readonly config?: string;
  readonly fanout?: string;
  readonly connectTimeout?: string;
  readonly readTimeout?: string;
  readonly changeTimeout?: string;
}

/**
 * Global options may stand behind a command as well, save where it has one of that name of its own (`logs -f`): so
 * commander looks for them where they stand.
 */
function takeGlobalOptions(program: Command, command: Command): void {
  const own = command.options.flatMap(({ short, long }) => [short, long]);
  for (const { short, long, required, flags, description } of program.options) {
    if (!required || own.includes(long)) continue;
    const option = new Option(own.includes(short) ? flags.replace(`${short}, `, "") : flags, description);
    command.addOption(option.hideHelp());
    command.on(`option:${option.name()}`, (value: string) => program.setOptionValue(option.attributeName(), value));
  }
  for (const below of command.commands) takeGlobalOptions(program, below);
}

/** Options of the command line under their names in mclu.conf. */
function settingsOf({ fanout, connectTimeout, readTimeout, changeTimeout }: Omit<GlobalOptions, "config">): Overrides {
  return {
    ...(fanout !== undefined && { fanout }),
    ...(connectTimeout !== undefined && { "connect-timeout": connectTimeout }),
    ...(readTimeout !== undefined && { "read-timeout": readTimeout }),
    ...(changeTimeout !== undefined && { "change-timeout": changeTimeout }),
  };
}

/** The program without its commands. */
export function createProgram(terminal: Pick<Run["terminal"], "out" | "err" | "size">): Command {
  return (
    new HelpfulCommand("mclu")
      .description("manage a small virtualization cluster from one command")
      .version(version, "-V, --version")
      .option("-f, --config <file>", "mclu.conf to use instead of $MCLU_CONFIG and the usual places")
      .option("--fanout <n>", "how many nodes are asked at once")
      .option("--connect-timeout <seconds>", "how long a node may take to answer at all")
      .option("--read-timeout <seconds>", "how long a question may take on a node")
      .option("--change-timeout <seconds>", "how long a change may take on a node")
      .enablePositionalOptions()
      .exitOverride()
      .showHelpAfterError("see: mclu help")
      .addHelpCommand(
        new HelpfulCommand("help")
          .argument("[word...]")
          .usage("[COMMAND|TOPIC]")
          .description("help about a command or a topic")
          .helpGroup("mclu itself:"),
      )
      // one spelling a verb in the help: aliases work and stay hidden
      .configureHelp({
        subcommandTerm: (command) => `${command.name()} ${command.usage().replace("[options] ", "")}`,
        argumentTerm: (argument) => argument.name().toUpperCase(),
        commandUsage: (command) => `${pathOf(command).join(" ")} ${command.usage()}`,
      })
      .configureOutput({
        writeOut: (text) => terminal.out(terminal.size ? fitHelp(text, terminal.size.columns) : text),
        // what is said of a mistake repeats it
        writeErr: (text) => terminal.err(cleanLines(text)),
        getOutHelpWidth: () => terminal.size?.columns ?? 80,
      })
  );
}
