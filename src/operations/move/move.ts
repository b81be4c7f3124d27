import type { Cluster } from "../../cluster/cluster.ts";
import { UserError } from "../../errors.ts";
import { NodeError } from "../../node/failure.ts";
import { cancelJob } from "../../node/jobs/cancel.ts";
import { cleanJobs } from "../../node/jobs/clean.ts";
import { type FollowEvent, followJob } from "../../node/jobs/follow.ts";
import { makeJobId } from "../../node/jobs/job-id.ts";
import type { JobDetails, JobOutcome } from "../../node/jobs/job-record.ts";
import { holdReservation, releaseReservation, reservationKey, reserveOnNode } from "../../node/jobs/reservation.ts";
import { mayRun, startJob } from "../../node/jobs/start.ts";
import { askOne } from "../ask-one.ts";
import { baseMark } from "../base-mark.ts";
import { refused } from "../build-refusals.ts";
import { rememberEnd } from "../jobs.ts";
import { journalChange } from "../journal-changes.ts";
import { markAction } from "../metadata-mark.ts";
import { homeAction } from "./home-mark.ts";
import { moveJobSpec } from "./move-job.ts";
import { conclude, interruptedUnheard, type MoveReport, type MoveResult } from "./move-report.ts";
import { noteMark } from "./note-mark.ts";
import { refuseNewUsers } from "./other-users.ts";
import type { PreparedMove } from "./prepare-move.ts";
import { withRelayedControl } from "./relay-control.ts";
import { type MoveUnderWay, refuseNoRoom } from "./room-again.ts";
import { refuseChangedBases } from "./same-base.ts";
import { UnheardCancel } from "./unheard-cancel.ts";
import { findWhereabouts } from "./whereabouts.ts";

export interface MoveOptions {
  /** USER@HOST, for whoever lists jobs. */
  readonly client: string;
  /** Remove the source's files, once the guest was seen on the target alone. */
  readonly removeSource?: boolean | undefined;
  /** It was prepared a while ago: who needs its files, and the room for it, are looked at once more. */
  readonly later?: boolean | undefined;
  /** Other moves that go on, and began before: the room that is left beside them counts then. */
  readonly before?: (() => readonly MoveUnderWay[]) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: FollowEvent) => void) | undefined;
}

export interface AttemptedMove extends MoveReport {
  /** Nobody heard the end of its job, which may have begun: it may move yet, wherever it is now. */
  readonly mayGoOn: boolean;
}

/**
 * Moves a guest that was prepared, by a job on its node, and says where both nodes have it afterwards; an interruption
 * cancels, and a client that dies leaves the job to its end. Throws UserError (exit 6) while somebody else moves it; what a
 * node does is in the report.
 */
export async function moveGuest(cluster: Cluster, prepared: PreparedMove, options: MoveOptions): Promise<MoveReport> {
  const { results, warnings } = await attemptMove(cluster, prepared, options);
  return { results, warnings };
}

/** The same, and whether that was all. */
export async function attemptMove(
  cluster: Cluster,
  prepared: PreparedMove,
  options: MoveOptions,
): Promise<AttemptedMove> {
  const begun = performance.now();
  const { guest } = prepared.plan;
  const id = makeJobId();
  let unheard: string | undefined;
  let mayHaveBegun = false;
  const onSend = () => {
    mayHaveBegun = true;
  };
  const job = await controlled(cluster, prepared, id, (control) =>
    runJob(cluster, prepared, { id, control, onSend }, options),
  ).catch((error: unknown) => {
    if (error instanceof UnheardCancel) return error;
    if (!(error instanceof NodeError)) throw error;
    unheard = error.message;
    mayHaveBegun &&= mayRun(error);
    return undefined;
  });
  const where = { uuid: guest.uuid, source: guest.node, target: prepared.plan.node };
  const end = job instanceof UnheardCancel ? undefined : job;
  const seen = conclude(prepared.plan, id, end ?? unheard, await findWhereabouts(cluster, where));
  const result = job instanceof UnheardCancel ? interruptedUnheard(seen, id, job) : seen;
  if (result.outcome === "moved") await forgetHome(cluster, prepared);
  const whole = options.removeSource && result.exitCode === 0 ? await removeKept(prepared, id, result) : result;
  const timed = { ...whole, seconds: Math.round(performance.now() - begun) / 1000 };
  const unwritten = journalChange(cluster, "migrate", { ...timed, node: guest.node });
  const mayGoOn = end === undefined && mayHaveBegun;
  return { results: [timed], warnings: unwritten === undefined ? [] : [unwritten], mayGoOn };
}

/** A guest that came home was drained from nowhere any more, whoever moved it. */
async function forgetHome(cluster: Cluster, { plan, guest, home }: PreparedMove): Promise<void> {
  if (home !== plan.node) return;
  const { uuid, name } = guest;
  const forget = { uuid, name, actions: [homeAction(guest, null)] };
  // a note that stays does no harm at home
  await cluster
    .node(plan.node)
    .change(forget)
    .catch(() => undefined);
}

/** The URI by which the source calls the target, while `work` runs: its own, or of a socket that leads there from here. */
function controlled<T>(
  cluster: Cluster,
  { plan, guest }: PreparedMove,
  id: string,
  work: (control: string) => Promise<T>,
): Promise<T> {
  if (plan.control !== null) return work(plan.control);
  return withRelayedControl(guest.node, cluster.node(plan.node), id, work);
}

interface Begin {
  readonly id: string;
  readonly control: string;
  /** From here on the job may begin, whatever is heard of it. */
  readonly onSend: () => void;
}

/** The job's end; undefined: nobody could hear it. */
async function runJob(
  cluster: Cluster,
  prepared: PreparedMove,
  { id, control, onSend }: Begin,
  options: MoveOptions,
): Promise<JobDetails | undefined> {
  const { plan, guest, unsafe, fileSizes, firmware, carried, pools, relinks, definition, raw, imagePlaces } = prepared;
  const { client, signal, onEvent } = options;
  const { node: source, name } = guest;
  const how = signal && { signal };
  const reservation = reservationKey(name);
  const release = () => releaseReservation(source, reservation, id).catch(() => undefined);
  const reserved = await reserveOnNode(source, { name, id, memory: 0 }, how).catch(async (error: unknown) => {
    // what nobody heard of may be there
    if (!(error instanceof UserError)) await release();
    throw error;
  });
  if (reserved === "taken")
    throw refused(`somebody else is at ${source.name}/${name}: a move, or a build of that name`, "mclu jobs");
  let sent = false;
  try {
    await holdReservation(source, reservation, id, how);
    // others were moved before it, or somebody was asked
    if (options.later || options.removeSource) {
      await refuseNewUsers(cluster, prepared, signal);
      await refuseNoRoom(cluster, prepared, signal, options.before?.());
    }
    await markBases(cluster, prepared);
    await refuseChangedBases(cluster, prepared, signal);
    const spec = moveJobSpec({
      id,
      plan,
      control,
      uri: source.settings.uri,
      client,
      reservation,
      unsafe,
      fileSizes,
      firmware,
      ...{ carried, pools, relinks, definition, raw, imagePlaces, autostart: prepared.look.autostart },
    });
    sent = true;
    onSend();
    await startJob(source, spec, { id, ...how, onEvent: (event) => onEvent?.(event) });
  } catch (error) {
    // an interruption may have come when it had just begun
    const ended = sent && signal?.aborted ? await cancelled(cluster, prepared, id) : undefined;
    if (ended) return ended;
    // a job that may run keeps its name, as does one whose end nobody heard; what was never sent needs none
    if (!sent || !mayRun(error)) await release();
    throw error;
  }
  const end = await followJob(source, id, { signal, onEvent: (event) => onEvent?.(event) });
  if (end.kind !== "ended") return end.kind === "interrupted" ? cancelled(cluster, prepared, id) : undefined;
  rememberEnd(cluster, id);
  return end.job;
}

/**
 * What the guest is going to be based on must not be started from now on; a mark that stays for nothing does no harm. Throws
 * UserError: exit 5 where the target does not answer, 6 where it does not do it.
 */
async function markBases(cluster: Cluster, { plan, bases }: PreparedMove): Promise<void> {
  const target = cluster.node(plan.node);
  for (const { uuid, name } of bases) {
    const mark = markAction({ uuid, state: "shut off" }, { persistent: true }, baseMark, true);
    const change = { uuid, name, actions: [mark] };
    await askOne(cluster, target, () => noteMark(target, change, `that it is going to be based on ${name}`));
  }
}

/** Ends a job after an interruption; undefined: there is none. Throws UnheardCancel where its node cannot be told. */
async function cancelled(cluster: Cluster, { guest }: PreparedMove, id: string): Promise<JobDetails | undefined> {
  try {
    const ended = await cancelJob(guest.node, id);
    rememberEnd(cluster, id);
    return ended.kind === "none" ? undefined : ended.job;
  } catch (error) {
    throw error instanceof NodeError ? new UnheardCancel(error) : error;
  }
}

/** Removes what the job left, which gc would: files that are still the very same. Where that fails they stay for gc. */
async function removeKept({ guest }: PreparedMove, id: string, result: MoveResult): Promise<MoveResult> {
  if (result.kept.length === 0) return result;
  let removed: readonly JobOutcome[];
  try {
    removed = (await cleanJobs(guest.node, [{ id, action: "left" }])).outcomes;
  } catch (error) {
    if (!(error instanceof NodeError || error instanceof UserError)) throw error;
    return { ...result, detail: `it moved, but ${guest.node.name} did not remove its files: ${error.message}` };
  }
  const gone = new Set(removed.flatMap((one) => (one.removed ? [one.path] : [])));
  const kept = result.kept.filter((path) => !gone.has(path));
  return { ...result, kept, hint: kept.length > 0 ? result.hint : null };
}
