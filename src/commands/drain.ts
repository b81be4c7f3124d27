import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes } from "../errors.ts";
import { type PreparedMoves, prepareDrain, prepareUndrain } from "../operations/move/drain.ts";
import { moveSeveral } from "../operations/move/move-several.ts";
import type { PreparedMove } from "../operations/move/prepare-move.ts";
import { commandsOfMoves } from "../operations/show-commands.ts";
import { clean } from "../render/clean.ts";
import { jobProgress } from "../render/job-progress.ts";
import { renderJson } from "../render/json.ts";
import { moveListing, renderDrainPlan } from "../render/migrate.ts";
import type { OutputOptions } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { clientName } from "./making.ts";
import { showMoves } from "./migrate.ts";
import { addListingOptions } from "./output-options.ts";
import { showCommands } from "./show-commands.ts";

interface DrainFlags extends OutputOptions {
  readonly dryRun?: boolean;
  readonly showCommands?: boolean;
}

const drainHelp = `
Examples:
  mclu drain ham0 --dry-run
  mclu drain ham0

Each running guest goes to the node with the most room that can take it: mclu place counts the same way. Guests that are off
stay. A guest that can go nowhere stays and is named with the reasons. mclu undrain brings the others home.`;

const undrainHelp = `
Examples:
  mclu undrain ham0 --dry-run
  mclu undrain ham0

The guests that mclu drain took from the node come back, from wherever they are now: their home is in their metadata.`;

/** `drain` and `undrain`. */
export function registerDrain(program: Command, context: Context): void {
  const add = (name: string, what: string, help: string, prepare: typeof prepareDrain) => {
    const command = program
      .command(name)
      .argument("<node>", "a node: mclu node list")
      .description(what)
      .option("--dry-run", "print the plan and do nothing")
      .option("--show-commands", "print what runs, and where, before it does")
      .addHelpText("after", help);
    addListingOptions(command, moveListing({ results: [], warnings: [] })).action(
      async (node: string, flags: DrainFlags) => {
        const { signal } = context;
        context.finish(
          await context.withCluster(async (cluster) =>
            run(context, cluster, await prepare(cluster, node, signal), flags),
          ),
        );
      },
    );
  };
  add("drain", "move every running guest of a node to the others", drainHelp, prepareDrain);
  add("undrain", "bring the guests home that were drained from a node", undrainHelp, prepareUndrain);
}

async function run(context: Context, cluster: Cluster, prepared: PreparedMoves, flags: DrainFlags) {
  const { terminal, style, warnings, signal } = context;
  const { moves, stuck, node, verb, nodes } = prepared;
  terminal.err(renderSilence(nodes, warnings));
  if (flags.showCommands) showCommands(context, commandsOfMoves(cluster, moves));
  if (flags.dryRun) {
    const plan = { verb, node, moves: moves.map(({ plan: one }) => one), stuck, nodes };
    terminal.out(flags.output === "json" ? renderJson("drain-plan", plan) : renderDrainPlan(plan, style));
    return stuck.length > 0 ? exitCodes.refused : exitCodes.done;
  }
  const placeOf = ({ plan }: PreparedMove) => `${plan.guest.node}/${plan.guest.name}`;
  for (const move of moves)
    for (const note of move.plan.notes)
      terminal.err(`${warnings.dim("note:")} ${clean(`${placeOf(move)}: ${note}`)}\n`);
  if (moves.length + stuck.length === 0) terminal.err(`${warnings.dim("note:")} no guest is to be moved\n`);
  // a move that is given up ends libvirt's job, and removes what was made on the target
  context.takeTime(120_000);
  const progress = jobProgress(terminal, moves.map(placeOf));
  const report = await moveSeveral(cluster, prepared, {
    ...{ client: clientName(), signal },
    onEvent: (move, event) => progress.event(placeOf(move), event),
  }).finally(() => progress.done());
  return showMoves(context, report, flags);
}
