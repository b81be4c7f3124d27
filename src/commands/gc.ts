import type { Command } from "commander";
import { agree } from "../operations/consent.ts";
import { applyGc, type GcReport, gcExitCode, planGc } from "../operations/gc.ts";
import { renderGcPlan, renderGcResult } from "../render/gc.ts";
import { renderJson } from "../render/json.ts";
import type { OutputOptions } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import { sayWhile } from "../render/waiting.ts";
import type { Context } from "./context.ts";
import { addFormatOption } from "./output-options.ts";
import { parseCount } from "./parse-count.ts";

interface GcFlags extends Pick<OutputOptions, "output"> {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly yesAll?: number;
}

const help = `
Examples:
  mclu gc --dry-run
  mclu gc ham0 --yes-all=3

Only what the manifest of a job names is removed, and only where device and inode are still the same and no job runs that
names it: what a job that died had made, directories of jobs that ended 7 days ago or were never started, volumes that a
migration left, reservations that nobody holds.`;

export function registerGc(program: Command, context: Context): void {
  const command = program
    .command("gc")
    .argument("[node...]", "nodes or @groups; all of them by default")
    .description("remove what interrupted jobs left on the nodes, after a question")
    .option("--dry-run", "show what would be removed")
    .option("-y, --yes", "agree beforehand, where one thing would be removed")
    .option("--yes-all <n>", "agree beforehand, where exactly so many would be", parseCount)
    .addHelpText("after", help);
  addFormatOption(command).action(async (nodes: string[], flags: GcFlags) => {
    const { terminal, prompter, warnings, signal } = context;
    const text = flags.output === "text";
    const code = await context.withCluster(async (cluster) => {
      const plan = await sayWhile(terminal, "looking for what jobs left", () => planGc(cluster, { nodes, signal }));
      let report: GcReport = { ...plan, applied: false, removed: [] };
      const show = () => terminal.out(text ? renderGcPlan(plan) : renderJson("gc", report));
      if (flags.dryRun || plan.items.length === 0) show();
      else {
        const asked = { verb: "remove", noun: "thing", count: plan.items.length, asks: true };
        await agree(asked, flags, { prompter, show: () => terminal.err(renderGcPlan(plan)) });
        context.changes();
        report = await sayWhile(terminal, "removing it", () => applyGc(cluster, plan, signal));
        terminal.out(text ? renderGcResult(report) : renderJson("gc", report));
      }
      terminal.err(renderSilence(report.nodes, warnings, "jobs"));
      return gcExitCode(report, nodes);
    });
    context.finish(code);
  });
}
