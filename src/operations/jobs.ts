import { currentAccount } from "../account.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import type { JobRecord } from "../node/jobs/job-record.ts";
import { listJobs } from "../node/jobs/read.ts";
import type { Node } from "../node/node.ts";
import { quote } from "../node/shell.ts";
import { updateKnownJobs } from "../state/known-jobs.ts";
import { keyOf } from "./last-seen.ts";
import type { NodeAnswer } from "./list.ts";
import { readExitCode } from "./silence.ts";

export type { JobDetails, JobOutcome, JobRecord, JobState, ManifestEntry } from "../node/jobs/job-record.ts";

export type JobRow = { readonly node: string } & JobRecord;

export interface JobsReport {
  /** Oldest first. */
  readonly jobs: readonly JobRow[];
  readonly nodes: readonly NodeAnswer[];
}

export interface JobsOptions {
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The jobs of every node that answers. */
export async function jobs(cluster: Cluster, options: JobsOptions = {}): Promise<JobsReport> {
  const { nodes: names = [], signal } = options;
  const outcomes = await cluster.ask(
    cluster.select(names),
    (node) => listJobs(node, { patient: names.length > 0, ...(signal && { signal }) }),
    { signal },
  );
  const rows = outcomes.flatMap((outcome) =>
    outcome.state === "on" ? outcome.value.map((job) => ({ node: outcome.node, ...job })) : [],
  );
  rows.sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
  const known = rows.map(({ id, state }) => ({ id, live: state === "waiting" || state === "running" }));
  if (names.length === 0) updateKnownJobs(cluster.directories.cache, keyOf(cluster), currentAccount().uid, () => known);
  return {
    jobs: rows,
    nodes: outcomes.map((outcome) => (outcome.state === "on" ? { node: outcome.node, state: "on" as const } : outcome)),
  };
}

/** Remembers a job that is left running: nobody here sees its end. Never throws. */
export function rememberJob(cluster: Cluster, id: string): void {
  const place = [cluster.directories.cache, keyOf(cluster), currentAccount().uid] as const;
  updateKnownJobs(...place, (known) => [...known, { id, live: true }]);
}

/** Remembers that a job has ended, where it is known here. Never throws. */
export function rememberEnd(cluster: Cluster, id: string): void {
  const place = [cluster.directories.cache, keyOf(cluster), currentAccount().uid] as const;
  updateKnownJobs(...place, (known) => known.map((job) => (job.id === id ? { id, live: false } : job)));
}

export interface FoundJob {
  readonly node: Node;
  readonly id: string;
  readonly nodes: readonly NodeAnswer[];
}

/**
 * The one job whose ID begins so. Throws UserError (exit 4) when there is none, or more than one; (exit 5) when no node
 * answered, or one that was named did not.
 */
export async function findJob(cluster: Cluster, prefix: string, options: JobsOptions = {}): Promise<FoundJob> {
  const { jobs: all, nodes } = await jobs(cluster, options);
  const found = prefix === "" ? [] : all.filter(({ id }) => id.startsWith(prefix));
  const [job, other] = found;
  if (job && !other) return { node: cluster.node(job.node), id: job.id, nodes };
  if (job)
    throw new UserError(`${found.length} jobs begin with ${prefix}`, {
      // a node may say of itself what it likes, also that it has another one's job
      hint: found
        .map(({ node, id }) =>
          found.every((one) => one.id === id) ? `--node ${quote(node)} ${id}` : `${id} on ${node}`,
        )
        .join("\n"),
      exitCode: exitCodes.notFound,
    });
  const silent = nodes.filter(({ state }) => state !== "on").map(({ node }) => node);
  throw new UserError(`no job ${prefix}${silent.length > 0 ? `; not asked: ${silent.join(" ")}` : ""}`, {
    hint: "mclu jobs",
    exitCode: readExitCode(nodes, options.nodes) === exitCodes.unreachable ? exitCodes.unreachable : exitCodes.notFound,
  });
}
