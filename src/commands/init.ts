import { type Command, Option } from "commander";
import { exitCodes } from "../errors.ts";
import { type InitOptions, init } from "../operations/init/init.ts";
import { clean } from "../render/clean.ts";
import { renderInit, renderTried } from "../render/init.ts";
import { renderJson } from "../render/json.ts";
import type { OutputOptions } from "../render/output.ts";
import type { Context } from "./context.ts";
import { addFormatOption } from "./output-options.ts";

interface InitFlags extends Pick<OutputOptions, "output"> {
  readonly failed?: InitOptions["silent"];
  readonly force?: boolean;
}

const help = `
Examples:
  mclu init
  mclu init ham0 ham1=admin@10.0.0.11:2222
  mclu init --failed leave-out -f cluster.conf ham0 ham1 </dev/null

Without hosts it offers those of ~/.ssh/config and asks. It logs in to all of them at once, notes which need sudo, and
learns their hardware addresses, by which mclu on wakes them. A host key that is not known is shown and asked about, as by
mclu trust; where nobody can be asked it is a failure, and ssh HOST asks.
The file is the one that mclu reads: -f FILE, $MCLU_CONFIG, else ~/.config/mclu/mclu.conf. One that is there is never
written over.`;

export function registerInit(program: Command, context: Context): void {
  const command = program
    .command("init")
    .argument("[host...]", "[NAME=][USER@]HOST[:PORT]; asked for by default")
    .description("write mclu.conf: try hosts, and make them nodes")
    .addOption(
      new Option("--failed <what>", "what becomes of hosts that are off or failed, without a question").choices([
        "keep",
        "leave-out",
      ]),
    )
    .option("--force", "keep an mclu.conf that is there as a backup, and write a new one")
    .addHelpText("after", help);
  addFormatOption(command).action(async (hosts: string[], flags: InitFlags) => {
    const { terminal, style, warnings, prompter } = context;
    const configuration = context.configuration();
    const report = await init({
      ...configuration,
      hosts,
      silent: flags.failed,
      force: flags.force,
      prompter,
      onTry: (names) => terminal.err(`${warnings.dim(`trying ${names.map(clean).join(" ")} ...`)}\n`),
      onHost: (host) => terminal.err(renderTried(host, warnings)),
    });
    for (const text of report.warnings) terminal.err(`${warnings.warn("warning:")} ${clean(text)}\n`);
    const text =
      flags.output === "json" ? renderJson("init", report) : renderInit(report, style, terminal.size?.columns);
    terminal.out(text);
    context.finish(exitCodes.done);
  });
}
