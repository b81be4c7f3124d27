import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { cancelExitCode, cancelJob } from "../operations/job-cancel.ts";
import { followExitCode, followJob } from "../operations/job-follow.ts";
import { showJob } from "../operations/job-show.ts";
import { jobs } from "../operations/jobs.ts";
import { readExitCode } from "../operations/silence.ts";
import { followView } from "../render/job-follow.ts";
import { jobListing, renderCancel, renderJob } from "../render/jobs.ts";
import { renderJson } from "../render/json.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import { sayWhile } from "../render/waiting.ts";
import type { Context } from "./context.ts";
import { refuseMistypedCommand } from "./instead-of-nodes.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";
import { addFormatOption, addListingOptions } from "./output-options.ts";

const help = `
Examples:
  mclu jobs
  mclu jobs follow 20261121T1345

A job is long work on a node: it runs there on its own and goes on when this program ends. An ID may be cut short as long
as it is one job's.
What a job that was cancelled or failed had made is removed, unless its guest was defined already. What a power cut left
behind is found by: mclu gc`;

export function registerJobs(program: Command, context: Context): void {
  const group = program.command("jobs").description("look at long work on the nodes, follow it, cancel it");
  group.addHelpText("after", help);
  addList(group.command("list", { isDefault: true }).alias("ls"), context);
  addFollow(group.command("follow"), context);
  addShow(group.command("show"), context);
  addCancel(group.command("cancel"), context);
  // Maglica's spellings
  const log = program.command("log", { hidden: true });
  addList(log.command("status"), context);
  addFollow(log.command("tail"), context);
}

function addList(command: Command, context: Context): void {
  command.argument("[node...]", "nodes or @groups; all of them by default").description("list the jobs of every node");
  command.addHelpText("after", "\nExamples:\n  mclu jobs\n  mclu jobs list ham0 -o json");
  addListingOptions(command, jobListing({ jobs: [], nodes: [] })).action(
    async (nodes: string[], flags: OutputOptions) => {
      const { terminal, style, warnings, signal } = context;
      const code = await context.withCluster(async (cluster) => {
        refuseMistypedCommand(command, cluster, nodes);
        const report = await jobs(cluster, { nodes, signal });
        terminal.out(renderListing(jobListing(report), flags, style));
        if (flags.output === "text" && report.jobs.length === 0 && report.nodes.some(({ state }) => state === "on"))
          terminal.err(warnings.dim("no jobs: mclu history shows what was done from here\n"));
        terminal.err(renderSilence(report.nodes, warnings, "jobs"));
        return readExitCode(report.nodes, nodes);
      });
      context.finish(code);
    },
  );
}

function addFollow(command: Command, context: Context): void {
  const { terminal, warnings } = context;
  command.description("print a job's log as it is written; Ctrl-C stops following and not the job");
  addOneJob(command, context, async (cluster, id, options) => {
    const view = followView(terminal, warnings);
    const report = await followJob(cluster, id, { ...options, ...view });
    view.end(report);
    return followExitCode(report);
  });
}

function addShow(command: Command, context: Context): void {
  const { terminal, style } = context;
  addFormatOption(command.description("show a job: how far it is, what it made, the end of its log"));
  addOneJob(command, context, async (cluster, id, { output, ...options }) => {
    const report = await showJob(cluster, id, options);
    terminal.out(output === "json" ? renderJson("job", report) : renderJob(report, style));
    return 0;
  });
}

function addCancel(command: Command, context: Context): void {
  const { terminal } = context;
  addFormatOption(command.description("end a job, and remove what it made unless its guest is defined already"));
  addOneJob(command, context, async (cluster, id, { output, ...options }) => {
    context.changes();
    const report = await sayWhile(terminal, `until ${id} has ended`, () => cancelJob(cluster, id, options));
    terminal.out(output === "json" ? renderJson("job-cancel", report) : renderCancel(report));
    return cancelExitCode(report);
  });
}

interface JobFlags extends NodeFlags, Partial<Pick<OutputOptions, "output">> {}

interface JobOptions extends Pick<JobFlags, "output"> {
  readonly nodes: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/** What the commands about one job have in common; `act` resolves with the exit code. */
function addOneJob(
  command: Command,
  context: Context,
  act: (cluster: Cluster, id: string, options: JobOptions) => Promise<number>,
): void {
  command.argument("<id>", "the job's ID, or its beginning");
  command.addHelpText("after", `\nExamples:\n  mclu jobs ${command.name()} 20261121T1345`);
  addNodeOption(command, "jobs").action(async (id: string, { node: nodes, ...flags }: JobFlags) => {
    const { signal } = context;
    context.finish(await context.withCluster((cluster) => act(cluster, id, { ...flags, nodes, signal })));
  });
}
