import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { agree, type Consent } from "../operations/consent.ts";
import type { PreparedMove } from "../operations/move/prepare-move.ts";
import { applyOff } from "../operations/node-power/apply-off.ts";
import { offPlanExitCode, offTargets, type PreparedOff } from "../operations/node-power/off-plan.ts";
import { prepareOff } from "../operations/node-power/plan-off.ts";
import { commandsOfOff } from "../operations/node-power/show-off.ts";
import { clean } from "../render/clean.ts";
import { jobProgress } from "../render/job-progress.ts";
import { renderJson } from "../render/json.ts";
import { renderOffPlan } from "../render/node-power.ts";
import type { OutputOptions } from "../render/output.ts";
import { sayWhile, type WaitingLine, waitingLine } from "../render/waiting.ts";
import type { Context } from "./context.ts";
import { clientName } from "./making.ts";
import { reportNodeChange } from "./node-change.ts";
import { addFormatOption } from "./output-options.ts";
import { parseCount } from "./parse-count.ts";
import { parseSeconds } from "./parse-seconds.ts";
import { showCommands } from "./show-commands.ts";

interface OffFlags extends Consent, Pick<OutputOptions, "output"> {
  readonly stopGuests?: boolean;
  readonly drain?: boolean;
  readonly timeout?: number;
  readonly dryRun?: boolean;
  readonly showCommands?: boolean;
}

const help = `
Examples:
  mclu off ham2
  mclu off --drain ham2
  mclu off --stop-guests ham2
  mclu off --yes-all=2 ham2 ham3

A node on which guests run, or a job, stays on; the node itself looks for guests once more at the last moment.
--drain moves them to nodes that stay on first, as mclu drain does; where one can go nowhere nothing is moved or switched
off. --stop-guests has them switch themselves off first, as mclu stop does, and the node stays on where one does not within
120 s. The command ends when the node answers nothing any more. One that does not answer to begin with is exit code 5:
nobody can tell from here whether it is off. A jump host goes after the nodes that are reached through it.`;

export function registerOff(program: Command, context: Context): void {
  const command = program
    .command("off")
    .argument("<node...>", "nodes or @groups")
    .description("switch nodes off, after a question")
    .option("--drain", "move the guests that run there to other nodes first")
    .option("--stop-guests", "have the guests that run there switch themselves off first")
    .option("--timeout <seconds>", "how long a node may take to be off (default: 180)", parseSeconds)
    .option("-y, --yes", "agree beforehand, to switch one node off")
    .option("--yes-all <n>", "agree beforehand, to switch exactly so many off", parseCount)
    .option("--dry-run", "print the plan and do nothing")
    .option("--show-commands", "print what runs, and where, before it does")
    .addHelpText("after", help);
  addFormatOption(command).action(async (nodes: string[], flags: OffFlags) => {
    const { terminal, prompter, style, warnings, signal } = context;
    const guests = fateOfGuests(flags);
    const code = await context.withCluster(async (cluster) => {
      const look = () => prepareOff(cluster, nodes, { guests, signal });
      const prepared = await sayWhile(terminal, `looking at what runs on ${nodes.join(", ")}`, look);
      const { plan } = prepared;
      if (flags.showCommands) showCommands(context, commandsOfOff(cluster, prepared));
      if (flags.dryRun) {
        terminal.out(flags.output === "text" ? renderOffPlan(plan, style) : renderJson("off-plan", plan));
        return offPlanExitCode(plan);
      }
      const asked = { verb: "switch off", noun: "node", count: offTargets(plan).length, asks: true };
      await agree(asked, flags, { prompter, show: () => terminal.err(renderOffPlan(plan, warnings)) });
      return reportNodeChange(context, await apply(context, cluster, prepared, flags), flags.output);
    });
    context.finish(code);
  });
}

function fateOfGuests({ drain, stopGuests }: OffFlags): "move" | "stop" | undefined {
  if (drain && stopGuests)
    throw new UserError("--drain moves guests and --stop-guests stops them", {
      hint: "give one of the two",
      exitCode: exitCodes.usage,
    });
  return drain ? "move" : stopGuests ? "stop" : undefined;
}

function apply(context: Context, cluster: Cluster, prepared: PreparedOff, { timeout }: OffFlags) {
  const { terminal, signal } = context;
  const moves = [...prepared.drains.values()].flatMap((drain) => drain.moves);
  // a move that is given up ends libvirt's job, and removes what was made on the target
  if (moves.length > 0) context.takeTime(120_000);
  const places = moves.map(placeOf);
  const progress = places.length > 0 ? jobProgress(terminal, places) : undefined;
  const nodes = offTargets(prepared.plan).map(({ node }) => node);
  let waiting: WaitingLine | undefined;
  return applyOff(cluster, prepared, {
    ...{ client: clientName(), timeout, signal },
    onEvent: (move, event) => progress?.event(placeOf(move), event),
    // one drawing at a time: the moves' is gone before the other one comes
    onMoved() {
      progress?.done();
      if (nodes.length > 0) waiting = waitingLine(terminal, `until ${nodes.join(", ")} gives no answer any more`);
    },
    onStep: (node, what) => terminal.err(`${clean(node)}: ${what}\n`),
  }).finally(() => waiting?.done());
}

function placeOf({ plan: { guest } }: PreparedMove): string {
  return `${guest.node}/${guest.name}`;
}
