import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { type ExitCode, exitCodes, UserError } from "../errors.ts";
import { applyPlan } from "../operations/apply-plan.ts";
import { type ChangeReport, type ChangeResult, changeExitCode } from "../operations/change-report.ts";
import type { GuestChoice } from "../operations/choose-guests.ts";
import { type Consent, obtainConsent } from "../operations/consent.ts";
import { isSamePlan, type Plan, planExitCode } from "../operations/plan.ts";
import { commandsOf } from "../operations/show-commands.ts";
import { changeListing, renderProblems, renderResult } from "../render/change.ts";
import { clean } from "../render/clean.ts";
import { renderJson } from "../render/json.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { renderPlan } from "../render/plan.ts";
import { renderSilence } from "../render/silence.ts";
import { tickingLines } from "../render/ticking-lines.ts";
import { formatDuration } from "../render/time.ts";
import type { Context } from "./context.ts";
import { addNodeOption } from "./node-option.ts";
import { addFormatOption } from "./output-options.ts";
import { parseCount } from "./parse-count.ts";
import { showCommands } from "./show-commands.ts";

/** Milliseconds that a plan is good for. */
const patience = 5000;

/** Flags of every command that changes guests. */
export interface ChangeFlags extends Consent, Pick<OutputOptions, "output"> {
  readonly node?: readonly string[];
  readonly dryRun?: boolean;
  readonly showCommands?: boolean;
}

/** Adds the options of a command that changes guests. */
export function addChangeOptions(command: Command): Command {
  return addFormatOption(addNodeOption(command), ["text", "json", "csv", "name"])
    .option("-y, --yes", "agree beforehand, to a plan for one guest")
    .option("--yes-all <n>", "agree beforehand, to a plan for exactly so many guests", parseCount)
    .option("--dry-run", "print the plan and do nothing")
    .option("--show-commands", "print what runs, and where, before it does");
}

/** The guests named on the command line. */
export function choiceOf(
  guests: readonly string[],
  flags: { readonly node?: readonly string[]; readonly all?: boolean },
): GuestChoice {
  return { guests, nodes: flags.node, all: flags.all };
}

/**
 * Makes a plan, shows it where that was asked for, has it agreed to, applies it and reports.
 * @param after what follows where all of it was done; its exit code is the command's
 */
export async function runChange(
  context: Context,
  flags: ChangeFlags,
  make: (cluster: Cluster) => Promise<Plan>,
  after?: (cluster: Cluster, report: ChangeReport) => Promise<number>,
): Promise<void> {
  const { terminal, warnings, signal, prompter } = context;
  const code = await context.withCluster(async (cluster) => {
    const plan = await make(cluster);
    terminal.err(renderSilence(plan.nodes, warnings));
    const listsFiles = plan.targets.some((target) => target.verdict === "change" && target.files);
    const show = () => terminal.err(renderPlan(plan, warnings));
    const shown = showPlan(context, cluster, plan, flags);
    if (shown !== undefined) return shown;
    // what is deleted is printed, also where the user has agreed beforehand
    if (listsFiles) show();
    const asked = performance.now();
    await obtainConsent(plan, flags, { prompter, show: listsFiles ? () => undefined : show });
    // an answer may come an hour later, when what the plan rests on is no longer so
    if (performance.now() - asked > patience && !isSamePlan(plan, await make(cluster)))
      throw new UserError("the guests changed while the question stood; nothing was done", {
        hint: "type it again, and look at the new plan",
        exitCode: exitCodes.refused,
      });
    context.changes();
    const live = flags.output === "text" ? liveResults(context, plan) : undefined;
    const report = await applyPlan(cluster, plan, { signal, onSettled: live?.settle }).catch((error: unknown) => {
      live?.done();
      throw error;
    });
    const code = reportChange(context, report, flags, live);
    return after && code === exitCodes.done ? after(cluster, report) : code;
  });
  context.finish(code);
}

/** Prints what a plan runs, and the plan itself, where that was asked for. Gives the exit code where that is all. */
export function showPlan(context: Context, cluster: Cluster, plan: Plan, flags: ChangeFlags): ExitCode | undefined {
  const { terminal, style } = context;
  if (flags.showCommands) showCommands(context, commandsOf(cluster, plan));
  if (!flags.dryRun) return undefined;
  terminal.out(flags.output === "json" ? renderJson("plan", plan) : renderPlan(plan, style));
  return planExitCode(plan);
}

/**
 * Prints what came of a change; gives the exit code.
 * @param live where the guests' lines are on the screen already
 */
export function reportChange(
  { terminal, style, warnings, signal }: Context,
  report: ChangeReport,
  flags: ChangeFlags,
  live?: LiveResults,
): ExitCode {
  if (live) live.done();
  else if (flags.output === "text") terminal.out(report.results.map((result) => renderResult(result, style)).join(""));
  else terminal.out(renderListing(changeListing(report), { ...flags, header: true }, style));
  terminal.err(renderProblems(report, warnings));
  for (const warning of report.warnings) terminal.err(`${warnings.warn("warning:")} ${clean(warning)}\n`);
  return signal.aborted ? exitCodes.interrupted : changeExitCode(report);
}

interface LiveResults {
  settle(result: ChangeResult): void;
  done(): void;
}

/** A line for each guest, replaced in place; undefined where there is no screen. */
function liveResults({ terminal, style }: Context, plan: Plan): LiveResults | undefined {
  const keyOf = ({ node, uuid }: { readonly node: string; readonly uuid: string }) => `${node} ${uuid}`;
  const names = new Map(plan.targets.map((target) => [keyOf(target), clean(`${target.node}/${target.name}`)]));
  const begun = performance.now();
  const draw = (key: string) => {
    const seconds = (performance.now() - begun) / 1000;
    return `${style.dim(`${names.get(key) ?? ""} ...${seconds < 1 ? "" : ` ${formatDuration(seconds)}`}`)}\n`;
  };
  // a guest may take minutes to switch itself off
  const lines = tickingLines(terminal, [...names.keys()], draw);
  return lines && { settle: (result) => lines.settle(keyOf(result), renderResult(result, style)), done: lines.done };
}
