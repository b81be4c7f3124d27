import { randomUUID } from "node:crypto";
import type { Cluster } from "../cluster/cluster.ts";
import { type ExitCode, exitCodes, UserError, worstExitCode } from "../errors.ts";
import { NodeError } from "../node/failure.ts";
import { cancelJob } from "../node/jobs/cancel.ts";
import { type FollowEvent, followJob } from "../node/jobs/follow.ts";
import { makeJobId } from "../node/jobs/job-id.ts";
import type { JobSpec } from "../node/jobs/job-script.ts";
import { releaseReservation } from "../node/jobs/reservation.ts";
import { mayRun, startJob } from "../node/jobs/start.ts";
import type { Node } from "../node/node.ts";
import { createSlots } from "../node/slots.ts";
import { guestPlace } from "./guest-place.ts";
import {
  type GuestResult,
  type MakingWords,
  type NewGuest,
  resultOfError,
  resultOfJob,
  resultOfLeft,
  resultOfLostCancel,
} from "./guest-result.ts";
import { rememberEnd, rememberJob } from "./jobs.ts";
import { journalChange } from "./journal-changes.ts";
import { lastWords } from "./last-words.ts";
import { type Reserved, reserve } from "./reserve.ts";
import { nodeTotals } from "./status.ts";

/** What a job and its guest are known by, before either is there. */
export interface JobIds {
  readonly id: string;
  readonly uuid: string;
  /** Of the reservation. */
  readonly key: string;
}

/** How a command makes its guests. */
export interface Making<T extends NewGuest> {
  /** As the journal has it. */
  readonly verb: string;
  readonly words: MakingWords;
  readonly specOf: (node: Node, target: T, ids: JobIds) => Promise<JobSpec>;
}

export interface MakeOptions<T extends NewGuest> {
  /** Leave the jobs running and return. */
  readonly detach?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onJob?: ((target: T, id: string) => void) | undefined;
  readonly onEvent?: ((target: T, event: FollowEvent) => void) | undefined;
  /** Called as each guest is there, or is not. */
  readonly onSettled?: ((result: GuestResult) => void) | undefined;
}

export interface MakeReport {
  /** In the order of the plan. */
  readonly results: readonly GuestResult[];
  /** One sentence each. */
  readonly warnings: readonly string[];
}

/** Jobs on one node at once: each takes a CPU and 1 GiB for libguestfs. */
const parallelJobs = 2;

/**
 * Makes guests by a job each, all nodes at once: the name and the memory are reserved, the job is started and followed.
 * What happens to one guest stops no other; an interruption cancels jobs.
 */
export async function makeGuests<T extends NewGuest>(
  cluster: Cluster,
  targets: readonly T[],
  making: Making<T>,
  options: MakeOptions<T>,
): Promise<MakeReport> {
  const warnings = new Set<string>();
  const slots = new Map(cluster.nodes.map(({ name }) => [name, createSlots(parallelJobs)]));
  const results = targets.map(async (target) => {
    const turn = slots.get(target.node) ?? createSlots(1);
    const make = () => turn.use(() => makeOne(cluster, target, making, options), options.signal);
    const { result, warning } = await settle(cluster, making.verb, target, make, options.signal);
    if (warning !== undefined) warnings.add(warning);
    options.onSettled?.(result);
    return result;
  });
  return { results: await Promise.all(results), warnings: [...warnings] };
}

/** What became of a guest, timed and written down; a failure is a result as well. `warning`: it could not be written down. */
export async function settle(
  cluster: Cluster,
  verb: string,
  target: NewGuest,
  make: () => Promise<GuestResult>,
  signal: AbortSignal | undefined,
): Promise<{ readonly result: GuestResult; readonly warning: string | undefined }> {
  const started = performance.now();
  const result = await make().catch((error: unknown) => resultOfError(target, error, signal));
  const timed = { ...result, seconds: Math.round(performance.now() - started) / 1000 };
  return { result: timed, warning: journalChange(cluster, verb, { ...timed, uuid: timed.uuid ?? "" }) };
}

/** 0 when every guest was made; else what the worst of them says, and 3 where others were. */
export function makeExitCode({ results }: Pick<MakeReport, "results">): ExitCode {
  const isDone = ({ exitCode }: GuestResult) => exitCode === exitCodes.done;
  const codes = results.map(({ exitCode }) => exitCode);
  const mixed = results.some(isDone) && !results.every(isDone);
  return worstExitCode(mixed ? [...codes.filter((code) => code !== exitCodes.failed), exitCodes.partial] : codes);
}

async function makeOne<T extends NewGuest>(
  cluster: Cluster,
  target: T,
  making: Making<T>,
  options: MakeOptions<T>,
): Promise<GuestResult> {
  const { signal } = options;
  const { done, doing } = making.words;
  const node = cluster.node(target.node);
  const id = makeJobId();
  const uuid = randomUUID();
  const { name, memory, besides } = target;
  const reserved = await reserve(cluster, { node: node.name, name, memory, id, besides }, signal);
  try {
    refuseOvercommit(node, target, reserved);
    const spec = await making.specOf(node, target, { id, uuid, key: reserved.key });
    await startJob(node, spec, { id, signal, onEvent: (event) => options.onEvent?.(target, event) });
  } catch (error) {
    // it keeps its name where it may run; an interruption may have come when it had just begun
    if (signal?.aborted) {
      const ended = await cancelStarted(cluster, target, done, { id, uuid });
      if (ended) return ended;
    }
    if (!mayRun(error)) await releaseReservation(node, reserved.key, id).catch(() => undefined);
    throw error;
  }
  options.onJob?.(target, id);
  if (options.detach) {
    rememberJob(cluster, id);
    return { ...resultOfJob(target, done, uuid, id, undefined), outcome: doing };
  }
  return followOne(cluster, target, making.words, { id, uuid }, options);
}

/** How a job is followed. */
export interface FollowOneOptions<T extends NewGuest> extends Pick<MakeOptions<T>, "signal" | "onEvent"> {
  /** Whether an interruption leaves the job alone: it is another client's. */
  readonly leaves?: (() => boolean) | undefined;
}

/** Follows the job of a guest to its end, which is remembered. An interruption cancels it, where it is ours. */
export async function followOne<T extends NewGuest>(
  cluster: Cluster,
  target: T,
  { done, doing }: MakingWords,
  { id, uuid }: Pick<JobIds, "id" | "uuid">,
  { signal, onEvent, leaves }: FollowOneOptions<T>,
): Promise<GuestResult> {
  const words = lastWords();
  const node = cluster.node(target.node);
  const end = await followJob(node, id, {
    signal,
    onEvent: (event) => {
      words.hear(event);
      onEvent?.(target, event);
    },
  });
  switch (end.kind) {
    case "ended":
      rememberEnd(cluster, id);
      return resultOfJob(target, done, uuid, id, end.job, words.line);
    case "interrupted":
      if (leaves?.()) return resultOfLeft(target, doing, uuid, id);
      return (
        (await cancelStarted(cluster, target, done, { id, uuid })) ?? resultOfJob(target, done, uuid, id, undefined)
      );
    case "unreachable":
      throw new NodeError(end.silence);
    case "none":
      throw new UserError(`the job ${id} is gone from ${node.name}`, {
        hint: `mclu info ${guestPlace({ node, name: target.name })}`,
      });
  }
}

/** Ends a job after an interruption, and says what came of it; undefined: there is no such job. */
async function cancelStarted(
  cluster: Cluster,
  target: NewGuest,
  done: MakingWords["done"],
  { id, uuid }: Pick<JobIds, "id" | "uuid">,
): Promise<GuestResult | undefined> {
  try {
    const ended = await cancelJob(cluster.node(target.node), id);
    if (ended.kind === "none") return undefined;
    rememberEnd(cluster, id);
    return resultOfJob(target, done, uuid, id, ended.job);
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    return resultOfLostCancel(target, id, error);
  }
}

/** Of two that together want more memory than a node has, the one whose reservation came later finds out here. */
function refuseOvercommit(node: Node, { name, memory }: NewGuest, { ahead, overviews }: Reserved): void {
  const overview = overviews.get(node.name);
  const free = overview ? nodeTotals(overview, node.settings.hostReserve + ahead).free : null;
  if (free !== null && free >= memory) return;
  throw new UserError(`the memory that ${name} needs on ${node.name} was taken meanwhile; nothing was changed`, {
    hint: "mclu place, and type it again",
    exitCode: exitCodes.refused,
  });
}
