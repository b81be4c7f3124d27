import type { Cluster } from "../cluster/cluster.ts";
import { type ExitCode, exitCodes, UserError } from "../errors.ts";
import { type FollowEvent, followJob as follow } from "../node/jobs/follow.ts";
import type { JobDetails } from "../node/jobs/job-record.ts";
import { jobGone } from "./job-show.ts";
import { findJob, rememberEnd } from "./jobs.ts";
import { silenceWords } from "./silence.ts";

export type { FollowEvent } from "../node/jobs/follow.ts";

export interface FollowJobOptions {
  readonly nodes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onFound: (job: { readonly node: string; readonly id: string }) => void;
  readonly onEvent: (event: FollowEvent) => void | Promise<void>;
}

/** How a followed job ended; null: following was interrupted, and the job goes on. */
export type FollowJobReport = { readonly node: string; readonly id: string; readonly job: JobDetails | null };

/** Hands on a job's log until it ends. Throws UserError as `findJob` does, and (exit 5) when its node stays silent. */
export async function followJob(
  cluster: Cluster,
  prefix: string,
  { nodes, signal, onFound, onEvent }: FollowJobOptions,
): Promise<FollowJobReport> {
  const { node, id } = await findJob(cluster, prefix, { nodes, signal });
  onFound({ node: node.name, id });
  const end = await follow(node, id, { onEvent, signal });
  switch (end.kind) {
    case "ended":
      rememberEnd(cluster, id);
      return { node: node.name, id, job: end.job };
    case "interrupted":
      return { node: node.name, id, job: null };
    case "none":
      throw jobGone(node.name, id);
    case "unreachable": {
      const { silence } = end;
      const why = `${node.name} ${silenceWords(silence)}: ${silence.detail}`;
      throw new UserError(`${why}; what became of the job ${id} is unknown`, {
        hint: `once it is on: mclu jobs show ${id}`,
        exitCode: exitCodes.unreachable,
      });
    }
  }
}

/** 0 for a job that is done, 130 where following was interrupted. */
export function followExitCode({ job }: FollowJobReport): ExitCode {
  if (!job) return exitCodes.interrupted;
  return job.state === "done" ? exitCodes.done : exitCodes.failed;
}
