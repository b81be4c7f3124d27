import type { Cluster } from "../cluster/cluster.ts";
import { type ExitCode, exitCodes, UserError } from "../errors.ts";
import { type CancelResult, cancelJob as cancel } from "../node/jobs/cancel.ts";
import type { JobDetails } from "../node/jobs/job-record.ts";
import { askOne } from "./ask-one.ts";
import { jobGone } from "./job-show.ts";
import { findJob, type JobsOptions, rememberEnd } from "./jobs.ts";

export interface CancelReport {
  readonly node: string;
  /** `cancelled`: by us; `ended`: it had come to its end before. */
  readonly result: "cancelled" | "ended";
  readonly job: JobDetails;
}

/**
 * Ends a job and undoes it where its commit point is not behind it. Throws UserError as `findJob` does, and (exit 6) where
 * nothing could be signalled: what runs under its process id is another program, or nothing runs.
 */
export async function cancelJob(cluster: Cluster, prefix: string, options: JobsOptions = {}): Promise<CancelReport> {
  const { signal } = options;
  const { node, id } = await findJob(cluster, prefix, options);
  const result = await askOne(cluster, node, () => cancel(node, id, signal && { signal }), signal);
  if (result.kind === "none") throw jobGone(node.name, id);
  if (result.kind === "cancelled" || result.kind === "ended") {
    rememberEnd(cluster, id);
    return { node: node.name, result: result.kind, job: result.job };
  }
  throw new UserError(`${id} on ${node.name} ${refusals[result.kind]}; nothing was signalled`, {
    hint: "mclu gc --dry-run",
    exitCode: exitCodes.refused,
  });
}

const refusals = {
  waiting: "was never started: its upload goes on, or was cut off",
  dead: "is dead: its process is gone (power cut, or killed)",
  other: "cannot be told from others: the process that has its number is another one",
} satisfies Partial<Record<CancelResult["kind"], string>>;

/** A job that had ended otherwise is none that was cancelled. */
export function cancelExitCode({ job }: CancelReport): ExitCode {
  return job.state === "cancelled" ? exitCodes.done : exitCodes.refused;
}
