import type { Command } from "commander";
import { loadClusterConfig } from "../cluster/config.ts";
import { shippedTemplates } from "../cluster/shipped-templates.ts";
import { exitCodes } from "../errors.ts";
import { findTemplate, type SearchPath } from "../operations/find-template.ts";
import { templateList } from "../operations/template-list.ts";
import { templateShow } from "../operations/template-show.ts";
import { renderJson } from "../render/json.ts";
import { prefixed } from "../render/lines.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { renderBroken, renderTemplate, renderValidation, templateListing } from "../render/template.ts";
import type { Context } from "./context.ts";
import { addFormatOption, addListingOptions } from "./output-options.ts";

const help = `
A template is NAME.conf in a directory of $MCLU_PATH, of "templates" in mclu.conf, or of those that come with mclu; the
first one of a name is used. docs/templates.md describes what is in it.`;

type Format = Pick<OutputOptions, "output">;

export function registerTemplate(program: Command, context: Context): void {
  const group = program.command("template").description("look at the recipes that guests are built from");
  group.addHelpText("after", `\nExamples:\n  mclu template list\n  mclu template show debian-12\n${help}`);
  registerList(group, context);
  registerShow(group, context);
  registerValidate(group, context);
}

/** The search path, without anything that connects. */
function searchPath({ configuration }: Context): Promise<SearchPath> {
  return loadClusterConfig({ ...configuration(), shippedTemplates: shippedTemplates() });
}

function registerList(group: Command, context: Context): void {
  const { terminal, style, warnings, finish } = context;
  const command = group
    .command("list")
    .description("list the templates; those that come with mclu are marked tested or not");
  addListingOptions(command, templateListing({ templates: [] }))
    .addHelpText("after", `\nExamples:\n  mclu template list\n  mclu template list --wide\n${help}`)
    .action(async (flags: OutputOptions) => {
      const report = await templateList(await searchPath(context));
      terminal.out(renderListing(templateListing(report), flags, style));
      terminal.err(renderBroken(report, warnings));
      finish(exitCodes.done);
    });
}

function registerShow(group: Command, context: Context): void {
  const { terminal, style, finish, configuration } = context;
  const command = group
    .command("show")
    .argument("<name>", "a template")
    .description("show a template as it will be run: every value in force, passwords as ***")
    .option("--raw", "print the file as it is");
  addFormatOption(command)
    .addHelpText("after", `\nExamples:\n  mclu template show debian-12\n  mclu template show --raw debian-12\n${help}`)
    .action(async (name: string, { output, raw }: Format & { readonly raw?: boolean }) => {
      const path = await searchPath(context);
      if (raw) {
        const { text } = await findTemplate(path, name);
        // a pipe gets the very file; a terminal would act on what may be in it
        terminal.out(terminal.stdoutIsTty ? prefixed(text, "") : text);
      } else {
        const report = await templateShow(path, name, { cwd: configuration().cwd });
        terminal.out(output === "json" ? renderJson("template", report) : renderTemplate(report, style));
      }
      finish(exitCodes.done);
    });
}

function registerValidate(group: Command, context: Context): void {
  const { terminal, style, finish, signal, configuration } = context;
  const command = group
    .command("validate")
    .argument("[name|file...]", "templates, or files, which have a / or end in .conf; none: every template")
    .description("say what is wrong with templates; builds nothing")
    .option("--node <node>", "check the steps against the virt-customize of this node too")
    .addHelpText("after", "\nExamples:\n  mclu template validate\n  mclu template validate ./web.conf --node ham0");
  addFormatOption(command).action(async (targets: string[], flags: Format & { readonly node?: string }) => {
    const { templateValidate, nodeSteps } = await import("../operations/template-validate.ts");
    const { cwd } = configuration();
    const path = await searchPath(context);
    const validate = async (known?: ReadonlySet<string>) => {
      const report = await templateValidate(path, { targets, cwd, known });
      terminal.out(flags.output === "json" ? renderJson("template-validate", report) : renderValidation(report, style));
      return report.templates.some(({ problems }) => problems.length > 0) ? exitCodes.usage : exitCodes.done;
    };
    const { node } = flags;
    if (node === undefined) finish(await validate());
    else finish(await context.withCluster(async (cluster) => validate(await nodeSteps(cluster, node, signal))));
  });
}
