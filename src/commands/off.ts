import type { Command } from "commander";
import { agree, type Consent } from "../operations/consent.ts";
import { applyOff } from "../operations/node-power/apply-off.ts";
import { offPlanExitCode, offTargets, planOff } from "../operations/node-power/plan-off.ts";
import { clean } from "../render/clean.ts";
import { renderJson } from "../render/json.ts";
import { renderOffPlan } from "../render/node-power.ts";
import type { OutputOptions } from "../render/output.ts";
import type { Context } from "./context.ts";
import { reportNodeChange } from "./node-change.ts";
import { addFormatOption } from "./output-options.ts";
import { parseCount } from "./parse-count.ts";
import { parseSeconds } from "./parse-seconds.ts";

interface OffFlags extends Consent, Pick<OutputOptions, "output"> {
  readonly stopGuests?: boolean;
  readonly timeout?: number;
  readonly dryRun?: boolean;
}

const help = `
Examples:
  mclu off ham2
  mclu off --stop-guests ham2
  mclu off --yes-all=2 ham2 ham3

A node on which guests run, or a job, stays on; the node itself looks for guests once more at the last moment.
--stop-guests has them switch themselves off first, as mclu stop does, and the node stays on where one does not within
120 s. The command ends when the node answers nothing any more. One that does not answer to begin with is exit code 5:
nobody can tell from here whether it is off. Switch a jump host off last.`;

export function registerOff(program: Command, context: Context): void {
  const command = program
    .command("off")
    .argument("<node...>", "nodes or @groups")
    .description("switch nodes off, after a question")
    .option("--stop-guests", "have the guests that run there switch themselves off first")
    .option("--timeout <seconds>", "how long a node may take to be off (default: 180)", parseSeconds)
    .option("-y, --yes", "agree beforehand, to switch one node off")
    .option("--yes-all <n>", "agree beforehand, to switch exactly so many off", parseCount)
    .option("--dry-run", "print the plan and do nothing")
    .addHelpText("after", help);
  addFormatOption(command).action(async (nodes: string[], flags: OffFlags) => {
    const { terminal, prompter, style, warnings, signal } = context;
    const text = flags.output === "text";
    const code = await context.withCluster(async (cluster) => {
      const plan = await planOff(cluster, nodes, { stopGuests: flags.stopGuests, signal });
      if (flags.dryRun) {
        terminal.out(text ? renderOffPlan(plan, style) : renderJson("off-plan", plan));
        return offPlanExitCode(plan);
      }
      const asked = { verb: "switch off", noun: "node", count: offTargets(plan).length, asks: true };
      await agree(asked, flags, { prompter, show: () => terminal.err(renderOffPlan(plan, warnings)) });
      const onStep = (node: string, what: string) => terminal.err(`${clean(node)}: ${what}\n`);
      const report = await applyOff(cluster, plan, { timeout: flags.timeout, signal, onStep });
      return reportNodeChange(context, report, flags.output);
    });
    context.finish(code);
  });
}
