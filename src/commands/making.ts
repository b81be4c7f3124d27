import { hostname } from "node:os";
import { type Command, Option } from "commander";
import { currentAccount } from "../account.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { type ExitCode, exitCodes, UserError, worstExitCode } from "../errors.ts";
import { type MakeOptions, type MakeReport, makeExitCode } from "../operations/guest-jobs.ts";
import { type GuestResult, isMade, type NewGuest } from "../operations/guest-result.ts";
import { wait } from "../operations/wait.ts";
import { clean } from "../render/clean.ts";
import { guestResultListing, renderGuestProblems } from "../render/guest-results.ts";
import { jobProgress } from "../render/job-progress.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { showConsole } from "./console.ts";
import type { Context } from "./context.ts";
import { parseSeconds } from "./parse-seconds.ts";

/** Flags of every command that makes guests by jobs. */
export interface MakingFlags extends OutputOptions {
  readonly detach?: boolean;
  readonly wait?: "ip" | "ssh";
  readonly waitTimeout: number;
  readonly console?: boolean;
}

export function addMakingOptions(command: Command): Command {
  return command
    .option("--detach", "leave the jobs running and return")
    .addOption(new Option("--wait <what>", "fail where the guest has no address, or no sshd").choices(["ip", "ssh"]))
    .option("--wait-timeout <seconds>", "how long to wait for that", parseSeconds, 60);
}

/** Throws UserError (exit 2) where nothing will run that could be waited for. */
export function checkWait(flags: MakingFlags, start: boolean): void {
  if (flags.wait === undefined || (start && !flags.detach)) return;
  throw new UserError(`--wait ${flags.wait} wants a guest that is started and waited for`, {
    hint: "leave --no-start and --detach out",
    exitCode: exitCodes.usage,
  });
}

/** USER@HOST, for the guest's metadata and for whoever lists jobs. */
export function clientName(): string {
  return `${currentAccount().user}@${hostname()}`;
}

type Shown = NewGuest & { readonly start: boolean; readonly notes: readonly string[] };

/** Prints what came of jobs that make guests, and gives the exit code. */
export function showMade(
  { terminal, style, warnings, signal }: Context,
  kind: "build" | "clone" | "image-copy",
  { results, warnings: problems }: MakeReport,
  flags: OutputOptions,
): ExitCode {
  terminal.out(renderListing(guestResultListing(kind, { results }), flags, style));
  terminal.err(renderGuestProblems(results, warnings));
  for (const problem of problems) terminal.err(`${warnings.warn("warning:")} ${clean(problem)}\n`);
  return signal.aborted ? exitCodes.interrupted : worstExitCode([makeExitCode({ results })]);
}

/** Runs jobs that make guests, with their progress; waits for addresses; prints what came of it. */
export async function showMaking<T extends Shown>(
  cluster: Cluster,
  context: Context,
  kind: "build" | "clone",
  targets: readonly T[],
  flags: MakingFlags,
  run: (how: MakeOptions<T>) => Promise<MakeReport>,
): Promise<ExitCode> {
  const { terminal, warnings, signal } = context;
  const placeOf = ({ node, name }: NewGuest) => `${node}/${name}`;
  for (const target of targets)
    for (const note of target.notes) terminal.err(`${warnings.dim("note:")} ${clean(`${placeOf(target)}: ${note}`)}\n`);
  // a cancelled job has 10 s to end its processes, and then undoes what it made
  context.takeTime(60_000);
  const progress = jobProgress(terminal, targets.map(placeOf));
  const { results, warnings: problems } = await run({
    detach: flags.detach,
    signal,
    onEvent: (target, event) => progress.event(placeOf(target), event),
  }).finally(() => progress.done());
  const isStarted = (index: number) => targets[index]?.start === true;
  const addresses = Promise.all(
    results.map((result, index) => (isStarted(index) ? withAddress(cluster, result, flags, signal) : result)),
  );
  // it is waited for below, perhaps long after it failed
  addresses.catch(() => undefined);
  if (flags.console) await consoleOf(cluster, context, results);
  const awaited = await addresses;
  return showMade(context, kind, { results: awaited, warnings: problems }, flags);
}

/** The console of the guest that was made, for as long as the user looks at it. The guest stays, whatever becomes of it. */
async function consoleOf(cluster: Cluster, context: Context, results: readonly GuestResult[]): Promise<void> {
  const { terminal, warnings } = context;
  const [made] = results;
  if (!made || !isMade(made.outcome) || made.uuid === null || made.exitCode !== exitCodes.done) return;
  try {
    await showConsole(cluster, context, `${made.node}/${made.uuid}`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const hint = error.hint === undefined ? "" : `; ${error.hint}`;
    terminal.err(`${warnings.warn("warning:")} ${clean(`${error.message}${hint}`)}\n`);
  }
}

/** A guest that was made and started, with its address; the wait counts. */
async function withAddress(
  cluster: Cluster,
  result: GuestResult,
  flags: MakingFlags,
  signal: AbortSignal,
): Promise<GuestResult> {
  const { node, uuid, outcome, exitCode } = result;
  if (!isMade(outcome) || exitCode !== exitCodes.done || uuid === null || signal.aborted) return result;
  const begun = performance.now();
  const passed = () => result.seconds + (performance.now() - begun) / 1000;
  try {
    const goal = { for: flags.wait ?? ("ip" as const), timeout: flags.waitTimeout, signal };
    const { address } = await wait(cluster, `${node}/${uuid}`, goal);
    return { ...result, address, seconds: passed() };
  } catch (error) {
    if (signal.aborted) return result;
    if (!(error instanceof UserError)) throw error;
    const code = flags.wait === undefined ? exitCodes.done : exitCodes.deadline;
    return { ...result, seconds: passed(), detail: error.message, hint: error.hint ?? null, exitCode: code };
  }
}
