import { NodeError } from "../node/failure.ts";
import { listJobs } from "../node/jobs/read.ts";
import type { Node } from "../node/node.ts";
import { quote } from "../node/shell.ts";
import type { End } from "./change-end.ts";
import type { ChangeTarget } from "./plan.ts";

/** What qemu says where another program has a disk open and lets nobody write to it. */
const lockedDisk = 'Failed to get "write" lock';

/**
 * Why a guest could not be started whose disks a job reads: an export or a clone of it. Undefined where that is not it, or
 * nobody can tell.
 * @param said by libvirt
 */
export async function readingJob(
  node: Node,
  { name, done }: Pick<ChangeTarget, "name" | "done">,
  said: string,
  signal: AbortSignal | undefined,
): Promise<End | undefined> {
  if (!said.includes(lockedDisk)) return undefined;
  const jobs = await listJobs(node, { signal }).catch((error: unknown) => {
    if (error instanceof NodeError || signal?.aborted) return [];
    throw error;
  });
  const job = jobs.find(
    ({ kind, state, guest, template }) =>
      state === "running" && (kind === "clone" ? template === name : kind === "export" && guest === name),
  );
  if (!job) return undefined;
  const what = job.kind === "clone" ? `the clone ${job.guest ?? ""} is made of it` : "it is exported";
  return {
    ...{ outcome: "refused", what: `not ${done}` },
    detail: `${what}, and its disks are read (job ${job.id}); nothing was done`,
    hint: `mclu jobs follow ${quote(job.id)}`,
  };
}
