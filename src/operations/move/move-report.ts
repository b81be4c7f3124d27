import { type ExitCode, exitCodes, worstExitCode } from "../../errors.ts";
import type { DomainState } from "../../libvirt/domains.ts";
import type { JobDetails } from "../../node/jobs/job-record.ts";
import { quote } from "../../node/shell.ts";
import { placeOf } from "../guest-place.ts";
import { keptName } from "./keep-shell.ts";
import { keptFiles } from "./move-job.ts";
import type { MovePlan } from "./move-plan.ts";
import { stateOf, verdictOf, type Whereabouts } from "./whereabouts.ts";

/** What became of a guest that was to be moved; what libvirt said of it afterwards decides. */
export interface MoveResult {
  readonly name: string;
  readonly uuid: string;
  /** Where it was, and was to go. */
  readonly from: string;
  readonly to: string;
  /** Where it is now; null: that cannot be told. */
  readonly node: string | null;
  /** Of the guest, where it is. */
  readonly state: DomainState | null;
  /** `stayed`: it is where it was, as it was; `unknown`: a node does not answer, or both have it. */
  readonly outcome: "moved" | "stayed" | "unknown";
  /** ID of the job; null: there was none. */
  readonly job: string | null;
  /** Files of the source that stay there under other names, until gc removes them. */
  readonly kept: readonly string[];
  readonly seconds: number;
  /** Why it is so; null: there is nothing to say. */
  readonly detail: string | null;
  /** What to type next. */
  readonly hint: string | null;
  readonly exitCode: ExitCode;
}

export interface MoveReport {
  readonly results: readonly MoveResult[];
  /** One sentence each. */
  readonly warnings: readonly string[];
}

/** Refusals that the job itself found, when the plan was old already. */
const refusals = new Set(["exists", "busy", "changed"]);

/**
 * What the job's end and both nodes come to.
 * @param end the job as it ended, or why nobody heard of it, where that is known
 */
export function conclude(
  plan: MovePlan,
  id: string,
  end: JobDetails | string | undefined,
  seen: Whereabouts,
): MoveResult {
  const job = typeof end === "string" ? undefined : end;
  const { guest, node } = plan;
  const common = { name: guest.name, uuid: guest.uuid, from: guest.node, to: node, job: id, seconds: 0 };
  const cleanup = `mclu migrate --cleanup ${placeOf(guest)} ${quote(node)}`;
  // of one that was undone wholly there is nothing to clean up
  const repair = job?.rolledBack ? `mclu list ${quote(guest.name)}` : cleanup;
  const unheard = `${guest.node} does not say what became of the job ${id}`;
  const why = job ? whyEnded(job) : typeof end === "string" ? `${end}; ${unheard}` : unheard;
  const cancelled = job?.state === "cancelled";
  const verdict = verdictOf(seen);
  if (verdict === "moved") {
    const kept = keptFiles(plan).map(({ path }) => keptName(path, id));
    const isWhole = job?.state === "done";
    return {
      ...common,
      ...{ node, outcome: "moved", state: stateOf(seen.target), kept: isWhole ? kept : [] },
      detail: isWhole ? null : `it moved, but ${why}`,
      hint: isWhole ? (kept.length > 0 ? `mclu gc ${guest.node}` : null) : repair,
      exitCode: isWhole ? exitCodes.done : cancelled ? exitCodes.interrupted : exitCodes.failed,
    };
  }
  if (verdict === "stayed") {
    const left = !job?.rolledBack;
    const refused = job?.reason !== null && job?.reason !== undefined && refusals.has(job.reason.word);
    return {
      ...common,
      ...{ node: guest.node, outcome: "stayed", state: stateOf(seen.source), kept: [] },
      detail: job && left ? `${why}; something of it may be left on ${node}` : why,
      hint: left
        ? `${job && seen.target.kind !== "unknown" ? "" : `once ${node} answers: `}${cleanup}`
        : cancelled
          ? null
          : fixOf(job, node, id),
      exitCode: cancelled ? exitCodes.interrupted : refused ? exitCodes.refused : exitCodes.failed,
    };
  }
  const where = {
    both: `${guest.node} and ${node} both have it`,
    neither: `neither ${guest.node} nor ${node} has it`,
    unknown: `${seen.source.kind === "unknown" ? guest.node : node} does not answer`,
  };
  return {
    ...common,
    ...{ node: null, outcome: "unknown", state: null, kept: [], detail: `${where[verdict]}; ${why}` },
    hint: verdict === "unknown" ? `once both answer: ${repair}` : repair,
    exitCode: verdict === "unknown" ? exitCodes.unreachable : exitCodes.failed,
  };
}

/** The same of a move that was interrupted, and whose node could not be told so: the job may go on, wherever the guest is now. */
export function interruptedUnheard(result: MoveResult, id: string, { message }: Error): MoveResult {
  const { from } = result;
  return {
    ...result,
    detail: `interrupted, and ${from} could not be told to end the job, which may go on: ${message}`,
    hint: `once ${from} answers: mclu jobs follow ${id}, or to end it: mclu jobs cancel ${id}`,
    exitCode: exitCodes.interrupted,
  };
}

function fixOf({ reason }: JobDetails, node: string, id: string): string {
  const there = quote(node);
  return reason?.word === "full"
    ? `mclu gc ${there}, or make room: mclu status --wide ${there}`
    : `mclu jobs show ${id}`;
}

function whyEnded({ id, state, stage, exitCode, reason }: JobDetails): string {
  if (state === "cancelled") return "it was cancelled";
  if (reason !== null) return reason.text;
  if (state === "dead") return `the job ${id} ended without a word: its node was switched off, or it was killed`;
  return state === "done"
    ? `the job ${id} says that it is done`
    : `the job ${id} failed at the stage ${stage?.name ?? "(none)"}, with exit code ${exitCode ?? "unknown"}`;
}

/** 0 where all moved; else what the worst of them says, and 3 where others moved. */
export function moveExitCode({ results }: MoveReport): ExitCode {
  const codes = results.map(({ exitCode }) => exitCode);
  const mixed = codes.includes(exitCodes.done) && codes.some((code) => code !== exitCodes.done);
  return worstExitCode(mixed ? [...codes.filter((code) => code !== exitCodes.failed), exitCodes.partial] : codes);
}
