import { type Command, Option } from "commander";
import type { Overrides } from "./cluster/config.ts";
import { registerAutostart } from "./commands/autostart.ts";
import { registerBuild } from "./commands/build.ts";
import { HelpfulCommand, pathOf, spellOutHelp } from "./commands/command.ts";
import { registerConfig } from "./commands/config.ts";
import type { Context } from "./commands/context.ts";
import { registerDelete } from "./commands/delete.ts";
import { registerDestroy } from "./commands/destroy.ts";
import { registerDump } from "./commands/dump.ts";
import { registerExec } from "./commands/exec.ts";
import { registerGc } from "./commands/gc.ts";
import { registerHistory } from "./commands/history.ts";
import { registerInfo } from "./commands/info.ts";
import { registerIp } from "./commands/ip.ts";
import { registerJobs } from "./commands/jobs.ts";
import { registerList } from "./commands/list.ts";
import { registerLogs } from "./commands/logs.ts";
import { registerNode } from "./commands/node.ts";
import { registerPlace } from "./commands/place.ts";
import { registerPower } from "./commands/power.ts";
import { registerProtect } from "./commands/protect.ts";
import { registerRename } from "./commands/rename.ts";
import { registerStart } from "./commands/start.ts";
import { registerStatus } from "./commands/status.ts";
import { registerStop } from "./commands/stop.ts";
import { registerTemplate } from "./commands/template.ts";
import { registerTrust } from "./commands/trust.ts";
import { registerVirsh } from "./commands/virsh.ts";
import { registerWait } from "./commands/wait.ts";
import { registerXml } from "./commands/xml.ts";
import { exitCodes } from "./errors.ts";
import type { Run } from "./main.ts";
import { clean } from "./render/clean.ts";
import { createStyle, wantsColor } from "./render/style.ts";
import { terminalPrompter } from "./render/terminal-prompter.ts";
import { version } from "./version.ts";

/** In the order of the help. */
const commands = [
  registerStatus,
  registerList,
  registerInfo,
  registerIp,
  registerXml,
  registerLogs,
  registerDump,
  registerBuild,
  registerStart,
  registerStop,
  registerPower,
  registerDestroy,
  registerAutostart,
  registerProtect,
  registerRename,
  registerDelete,
  registerWait,
  registerNode,
  registerPlace,
  registerTemplate,
  registerJobs,
  registerGc,
  registerHistory,
  registerVirsh,
  registerExec,
  registerTrust,
  registerConfig,
];

/** What Maglica had below `vm`: `vm remove` is `delete`. */
const maglicaCommands = [registerList, registerInfo, registerStart, registerStop, registerDestroy, registerDelete];

/** Parses the arguments and runs the command they name. Rejects with UserError and CommanderError. */
export async function runProgram({ argv, terminal, env, cwd, signal, takeTime }: Run): Promise<number> {
  let code: number = exitCodes.done;
  const program = createProgram(terminal);
  const context: Context = {
    terminal,
    env,
    signal,
    takeTime: (milliseconds) => takeTime?.(milliseconds),
    style: createStyle(wantsColor(env, terminal.stdoutIsTty)),
    warnings: createStyle(wantsColor(env, terminal.stderrIsTty)),
    prompter: terminalPrompter(terminal),
    configuration() {
      const { config: file, ...overrides } = program.opts<GlobalOptions>();
      return { file, env, cwd, overrides: settingsOf(overrides), signal };
    },
    async withCluster(use, { mayAsk = true } = {}) {
      // whatever connects is loaded only where something connects
      const [{ openCluster }, { converse }] = await Promise.all([
        import("./cluster/open.ts"),
        import("./operations/conversation.ts"),
      ]);
      const cluster = await openCluster({
        ...context.configuration(),
        conversation: mayAsk && context.prompter ? converse(context.prompter) : undefined,
      });
      if (cluster.config.source === null) terminal.err("no mclu.conf: showing this machine only\n");
      try {
        return await use(cluster);
      } finally {
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
  for (const register of commands) register(program, context);
  const vm = program.command("vm", { hidden: true });
  for (const register of maglicaCommands) register(vm, context);
  for (const command of program.commands) takeGlobalOptions(program, command);
  // no command is a question: the help is its answer
  if (argv.length === 0) program.outputHelp();
  else await program.parseAsync(spellOutHelp(program, argv), { from: "user" });
  return code;
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

function createProgram(terminal: Run["terminal"]): Command {
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
      // one spelling a verb in the help: aliases work and stay hidden
      .configureHelp({
        subcommandTerm: (command) => `${command.name()} ${command.usage().replace("[options] ", "")}`,
        commandUsage: (command) => `${pathOf(command).join(" ")} ${command.usage()}`,
      })
      .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
  );
}
