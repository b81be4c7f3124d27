import { type ExitCode, exitCodes, UserError } from "../errors.ts";
import { NodeError } from "../node/failure.ts";
import type { JobDetails } from "../node/jobs/job-record.ts";
import { placeOf } from "./guest-place.ts";
import { silenceWords } from "./silence.ts";

/** A guest that a job is going to make. */
export interface NewGuest {
  readonly node: string;
  readonly name: string;
  /** Bytes. */
  readonly memory: number;
  /** Nodes that may have a guest of the name. */
  readonly besides?: readonly string[] | undefined;
}

/** What a command that makes guests calls what it did, and is doing. */
export type MakingWords =
  | { readonly done: "built"; readonly doing: "building" }
  | { readonly done: "cloned"; readonly doing: "cloning" }
  | { readonly done: "copied"; readonly doing: "copying" };

/** Whether the guest is there. */
export function isMade(outcome: GuestResult["outcome"]): boolean {
  return outcome === "built" || outcome === "cloned" || outcome === "copied";
}

/** What became of a guest that was to be made. */
export interface GuestResult {
  readonly node: string;
  readonly name: string;
  /** null: it came to no guest. */
  readonly uuid: string | null;
  /** null: there was no job. */
  readonly job: string | null;
  /**
   * `building`, `cloning`: left to run. `built`, `cloned`: the guest is there, though it may not run. `unknown`: its node
   * gave no answer since the job began. All others: nothing is left, or `detail` says what.
   */
  readonly outcome: MakingWords["done" | "doing"] | "failed" | "refused" | "cancelled" | "unknown";
  readonly address: string | null;
  readonly seconds: number;
  /** Why it is so; null: there is nothing to say. */
  readonly detail: string | null;
  /** What to type next. */
  readonly hint: string | null;
  readonly exitCode: ExitCode;
}

/**
 * A guest whose job was followed to its end; undefined: it runs, or is gone.
 * @param said the line of the job's log that may tell why it failed
 */
export function resultOfJob(
  target: NewGuest,
  done: MakingWords["done"],
  uuid: string,
  id: string,
  job: JobDetails | undefined,
  said?: string,
): GuestResult {
  const common = { node: target.node, name: target.name, job: id, address: null, seconds: 0 };
  if (job === undefined)
    return {
      ...common,
      uuid,
      outcome: "unknown",
      detail: null,
      hint: `mclu jobs follow ${id}`,
      exitCode: exitCodes.done,
    };
  if (job.state === "done")
    return { ...common, uuid, outcome: done, detail: null, hint: null, exitCode: exitCodes.done };
  const why = job.reason?.text ?? whyEnded(job, said);
  if (job.committed === true)
    return {
      ...common,
      uuid,
      outcome: done,
      detail: `the guest is there, but ${why}`,
      hint: `mclu start ${placeOf(target)}`,
      exitCode: job.state === "cancelled" ? exitCodes.interrupted : exitCodes.failed,
    };
  const kept = job.outcome.filter(({ removed }) => !removed).map(({ path, why: reason }) => `${path} (${reason})`);
  // what stood against it from outside, which the plan would have refused as well
  const isRefusal = job.reason?.word === "exists" || job.reason?.word === "changed";
  const left = kept.length > 0 ? `; kept: ${kept.join(", ")}` : "";
  if (job.state === "cancelled")
    return {
      ...common,
      uuid: null,
      outcome: "cancelled",
      detail: `cancelled; ${kept.length > 0 ? left.slice(2) : "nothing is left"}`,
      hint: null,
      exitCode: exitCodes.interrupted,
    };
  return {
    ...common,
    uuid: null,
    outcome: isRefusal ? "refused" : "failed",
    detail: `${why}${left}`,
    hint: hintOf(target, job),
    exitCode: isRefusal ? exitCodes.refused : exitCodes.failed,
  };
}

function hintOf({ node }: NewGuest, { id, state, reason }: JobDetails): string {
  if (state === "dead") return "mclu gc";
  return reason?.word === "no-space" ? `mclu exec ${node} -- df -h, then type it again` : `mclu jobs show ${id}`;
}

function whyEnded({ state, stage, exitCode }: JobDetails, said: string | undefined): string {
  const where = `at the stage ${stage?.name ?? "(none)"}`;
  if (state === "dead") return `its job ended without a word ${where}: its node was switched off, or it was killed`;
  if (state === "cancelled") return `its job was cancelled ${where}`;
  const failed = `it failed ${where}, with exit code ${exitCode ?? "unknown"}`;
  return said === undefined ? failed : `${failed}: ${said}`;
}

/** A guest whose job another client began, and brings to its end. */
export function resultOfLeft(target: NewGuest, doing: MakingWords["doing"], uuid: string, id: string): GuestResult {
  return {
    ...{ node: target.node, name: target.name, uuid, job: id, outcome: doing, address: null, seconds: 0 },
    detail: `interrupted; the job ${id} goes on without this client, which did not start it`,
    hint: `mclu jobs follow ${id}, or to end it: mclu jobs cancel ${id}`,
    exitCode: exitCodes.interrupted,
  };
}

/** A guest whose job could not be told to end. */
export function resultOfLostCancel(target: NewGuest, id: string, { message }: NodeError): GuestResult {
  return {
    node: target.node,
    name: target.name,
    uuid: null,
    job: id,
    outcome: "unknown",
    address: null,
    seconds: 0,
    detail: `interrupted, and ${target.node} could not be told to end the job, which may go on: ${message}`,
    hint: `once it answers: mclu jobs cancel ${id}, or mclu gc ${target.node}`,
    exitCode: exitCodes.interrupted,
  };
}

/** A guest that came to no job, or whose job could not be followed. Rethrows what is a bug. */
export function resultOfError(target: NewGuest, error: unknown, signal: AbortSignal | undefined): GuestResult {
  const common = { node: target.node, name: target.name, uuid: null, job: null, address: null, seconds: 0 };
  if (signal?.aborted)
    return { ...common, outcome: "cancelled", detail: "interrupted", hint: null, exitCode: exitCodes.interrupted };
  if (error instanceof UserError) {
    const { message, hint = null, exitCode } = error;
    const outcome = exitCode === exitCodes.refused ? "refused" : "failed";
    return { ...common, outcome, detail: message, hint, exitCode };
  }
  if (!(error instanceof NodeError)) throw error;
  const { silence } = error;
  return {
    ...common,
    outcome: "unknown",
    detail: `${target.node} ${silenceWords(silence)}: ${silence.detail}; whether the guest is being made there is unknown`,
    hint: `once it answers: mclu jobs, and mclu info ${placeOf(target)}`,
    exitCode: exitCodes.unreachable,
  };
}
