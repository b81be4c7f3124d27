import type { Command } from "commander";
import { exitCodes } from "../errors.ts";
import { checkConfig, showConfig } from "../operations/config.ts";
import { clean } from "../render/clean.ts";
import { renderConfig, renderConfigCheck } from "../render/config.ts";
import { renderJson } from "../render/json.ts";
import type { OutputOptions } from "../render/output.ts";
import type { Context } from "./context.ts";
import { addFormatOption } from "./output-options.ts";

type Flags = Pick<OutputOptions, "output">;

export function registerConfig(program: Command, context: Context): void {
  const { terminal, style, warnings, configuration, finish } = context;
  const config = program.command("config").description("check mclu.conf, or show what is in force");
  config.addHelpText("after", "\nExamples:\n  mclu config check\n  mclu config show");

  addFormatOption(config.command("check"))
    .description("read the configuration and say what is wrong with it; contacts no node")
    .addHelpText("after", "\nExamples:\n  mclu config check\n  mclu config check -f new.conf")
    .action(async ({ output }: Flags) => {
      const report = await checkConfig(configuration());
      terminal.out(output === "json" ? renderJson("config-check", report) : renderConfigCheck(report));
      for (const text of report.warnings) terminal.err(`${warnings.warn("warning:")} ${clean(text)}\n`);
      finish(exitCodes.done);
    });

  addFormatOption(config.command("show"))
    .description("show every setting in force and where it was made")
    .addHelpText("after", "\nExamples:\n  mclu config show\n  mclu config show -o json")
    .action(async ({ output }: Flags) => {
      const report = await showConfig(configuration());
      terminal.out(output === "json" ? renderJson("config", report) : renderConfig(report, style));
      finish(exitCodes.done);
    });
}
