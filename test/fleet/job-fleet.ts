import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { type Cluster, openCluster } from "../../src/index.ts";
import { type FollowEnd, type FollowEvent, followJob } from "../../src/node/jobs/follow.ts";
import type { JobDetails } from "../../src/node/jobs/job-record.ts";
import type { JobSpec, Stage } from "../../src/node/jobs/job-script.ts";
import { readJob } from "../../src/node/jobs/read.ts";
import { startJob } from "../../src/node/jobs/start.ts";
import type { FleetUser } from "./fleet-user.ts";

/** The cluster of a fleet's user, in this process. */
export function openAs(user: FleetUser): Promise<Cluster> {
  const file = join(user.home, "mclu.conf");
  const env = { PATH: process.env.PATH, HOME: user.home, MCLU_SSH_CONFIG: join(user.home, "ssh_config") };
  return openCluster({ file, env });
}

/** A job of plain shell. */
export function jobOf(stages: readonly Stage[], more: Partial<JobSpec> = {}): JobSpec {
  return { kind: "test", guest: "web1", template: "tiny", client: "me@here", stages, ...more };
}

/** A stage that waits for a file to appear, so that nothing depends on how fast a machine is. */
export function until(path: string): string {
  return `until [ -e ${path} ]; do sleep 0.1; done`;
}

/** Makes PART as a program does that replaces the file it is given. */
export const makePart = `part=$HOME/.web1.mclu-$MCLU_ID.part
mclu_making "$part"
echo disk >"$part.new"; mv "$part.new" "$part"
mclu_made "$part"`;

/** Waits until a job is as expected, and gives it. */
export async function jobWhere(
  cluster: Cluster,
  name: string,
  id: string,
  is: (job: JobDetails) => boolean,
): Promise<JobDetails> {
  const deadline = Date.now() + 40_000;
  for (;;) {
    const job = await readJob(cluster.node(name), id);
    if (job && is(job)) return job;
    if (Date.now() > deadline) throw new Error(`not within 40 s: ${JSON.stringify(job)}`);
    await sleep(100);
  }
}

export const inStage = (name: string) => (job: JobDetails) => job.stage?.name === name;

/** Starts a job and waits until it is in a stage. */
export async function startUpTo(cluster: Cluster, name: string, stage: string, spec: JobSpec): Promise<string> {
  const id = await startJob(cluster.node(name), spec);
  await jobWhere(cluster, name, id, inStage(stage));
  return id;
}

/** What following a job tells, for as long as it does; `told` waits for something of it. */
export function listener() {
  const events: FollowEvent[] = [];
  const told = (is: (event: FollowEvent) => boolean) =>
    expect.poll(() => events.some(is), { timeout: 45_000 }).toBe(true);
  return { events, told };
}

/** Follows a job to its end. `events` may be looked into meanwhile. */
export async function follow(cluster: Cluster, name: string, id: string, patience = 60, events: FollowEvent[] = []) {
  const end: FollowEnd = await followJob(cluster.node(name), id, {
    patience,
    onEvent: (event) => void events.push(event),
  });
  const lines = events.flatMap((event) => (event.kind === "log" ? [event.line] : []));
  const stages = events.flatMap((event) => (event.kind === "stage" ? [event.name] : []));
  return { end, job: end.kind === "ended" ? end.job : undefined, events, lines, stages };
}
