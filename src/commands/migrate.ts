import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { agree } from "../operations/consent.ts";
import { cleanUpMove } from "../operations/move/cleanup.ts";
import { moveGuest } from "../operations/move/move.ts";
import { keptFiles } from "../operations/move/move-job.ts";
import { type MoveReport, moveExitCode } from "../operations/move/move-report.ts";
import { type PreparedMove, prepareMove } from "../operations/move/prepare-move.ts";
import { commandsOfMoves } from "../operations/show-commands.ts";
import { clean } from "../render/clean.ts";
import { jobProgress } from "../render/job-progress.ts";
import { renderJson } from "../render/json.ts";
import { moveListing, renderMovePlan, renderMoveProblems } from "../render/migrate.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { clientName } from "./making.ts";
import { addListingOptions } from "./output-options.ts";
import { showCommands } from "./show-commands.ts";

interface MigrateFlags extends OutputOptions {
  readonly cleanup?: boolean;
  readonly removeSource?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly showCommands?: boolean;
}

const help = `
Examples:
  mclu migrate web1 ham2
  mclu migrate ham0/web1 ham2 --dry-run
  mclu migrate ham0/web1 ham2 --remove-source
  mclu migrate --cleanup ham0/web1 ham2

A guest that runs goes on while it moves; one that is off moves too, its disks copied and compared. Disks that both nodes
see stay where they are; the others are copied, and the source keeps its files as .FILE.migrated-ID until mclu gc. Ctrl-C
gives the move up: the guest goes on where it was. Both nodes are read again at the end, and that is what is printed.`;

/** `migrate`. */
export function registerMigrate(program: Command, context: Context): void {
  const command = program
    .command("migrate")
    .argument("<guest>", "a name, a UUID or NODE/GUEST")
    .argument("[node]", "where it goes, or was to go")
    .description("move a guest to another node, while it runs or while it is off")
    .option("--cleanup", "repair a move from NODE/GUEST that did not come to its end")
    .option("--remove-source", "remove the source's files once the guest was seen on the target, after a question")
    .option("-y, --yes", "agree to that beforehand")
    .option("--dry-run", "print the plan and do nothing")
    .option("--show-commands", "print what runs, and where, before it does")
    .addHelpText("after", help);
  addListingOptions(command, moveListing({ results: [], warnings: [] })).action(
    async (guest: string, node: string | undefined, flags: MigrateFlags) => {
      context.finish(await (flags.cleanup ? repair(context, guest, node, flags) : run(context, guest, node, flags)));
    },
  );
}

function repair(context: Context, guest: string, target: string | undefined, flags: MigrateFlags) {
  return context.withCluster(async (cluster) =>
    showMoves(context, await cleanUpMove(cluster, guest, { target, signal: context.signal }), flags),
  );
}

function run(context: Context, guest: string, node: string | undefined, flags: MigrateFlags) {
  if (node === undefined)
    throw new UserError("where it goes is missing", {
      hint: `mclu migrate ${guest} NODE`,
      exitCode: exitCodes.usage,
    });
  const { terminal, style, warnings, signal, prompter } = context;
  return context.withCluster(async (cluster) => {
    const prepared = await prepareMove(cluster, { guest, node, signal });
    const { plan } = prepared;
    terminal.err(renderSilence(plan.nodes, warnings));
    if (flags.showCommands) showCommands(context, commandsOfMoves(cluster, [prepared]));
    if (flags.dryRun) {
      terminal.out(flags.output === "json" ? renderJson("migrate-plan", plan) : renderMovePlan(plan, style));
      return exitCodes.done;
    }
    const asks = flags.removeSource === true && keptFiles(plan).length > 0;
    const question = { verb: "move and remove the source's files of", noun: "guest", count: 1, asks };
    await agree(question, flags, { prompter, show: () => terminal.err(renderMovePlan(plan, warnings)) });
    return showMoves(context, await move(context, cluster, prepared, flags), flags);
  });
}

function move(context: Context, cluster: Cluster, prepared: PreparedMove, { removeSource }: MigrateFlags) {
  const { terminal, warnings, signal } = context;
  const { guest, notes } = prepared.plan;
  for (const note of notes) terminal.err(`${warnings.dim("note:")} ${clean(note)}\n`);
  // a move that is given up ends libvirt's job, and removes what was made on the target
  context.takeTime(120_000);
  const place = `${guest.node}/${guest.name}`;
  const progress = jobProgress(terminal, [place]);
  return moveGuest(cluster, prepared, {
    ...{ client: clientName(), removeSource, signal },
    onEvent: (event) => progress.event(place, event),
  }).finally(() => progress.done());
}

/** Prints where guests are after their moves; gives the exit code. */
export function showMoves({ terminal, style, warnings, signal }: Context, report: MoveReport, flags: OutputOptions) {
  terminal.out(renderListing(moveListing(report), flags, style));
  terminal.err(renderMoveProblems(report, warnings));
  return signal.aborted ? exitCodes.interrupted : moveExitCode(report);
}
