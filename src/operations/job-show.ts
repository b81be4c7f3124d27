import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import type { JobDetails } from "../node/jobs/job-record.ts";
import { readLog } from "../node/jobs/log-events.ts";
import { readJob, readJobLog } from "../node/jobs/read.ts";
import { askOne } from "./ask-one.ts";
import { findJob, type JobsOptions } from "./jobs.ts";

export interface JobShowReport {
  readonly node: string;
  readonly job: JobDetails;
  /** The last lines that its stages printed. */
  readonly log: readonly string[];
}

/** Lines of a job's log that a look at it shows. */
const logLines = 20;

/** One job by the beginning of its ID. Throws UserError as \`findJob\` does. */
export async function showJob(cluster: Cluster, prefix: string, options: JobsOptions = {}): Promise<JobShowReport> {
  const { node, id } = await findJob(cluster, prefix, options);
  const how = options.signal && { signal: options.signal };
  const [job, log] = await askOne(
    cluster,
    node,
    () => Promise.all([readJob(node, id, how), readJobLog(node, id, 3 * logLines, how)]),
    options.signal,
  );
  if (!job) throw jobGone(node.name, id);
  return { node: node.name, job, log: linesOf(id, log).slice(-logLines) };
}

export function jobGone(node: string, id: string): UserError {
  return new UserError(`the job ${id} is gone from ${node}: somebody cleaned up`, {
    hint: "mclu jobs",
    exitCode: exitCodes.notFound,
  });
}

function linesOf(id: string, text: string): string[] {
  const reader = readLog(id);
  const events = [...reader.push(Buffer.from(text)), ...reader.end()];
  return events.flatMap((event) => (event.kind === "log" ? [event.line] : []));
}
