import type { Cluster } from "../cluster/cluster.ts";
import type { ExitCode } from "../errors.ts";
import { failed, type NodeSilence } from "../node/failure.ts";
import { type CleanTask, cleanJobs } from "../node/jobs/clean.ts";
import { listJobs } from "../node/jobs/read.ts";
import { dropStaleReservation, listReservations } from "../node/jobs/reservation.ts";
import type { Node } from "../node/node.ts";
import { quote } from "../node/shell.ts";
import { type GcItem, type GcKept, type JobCleaning, planJob } from "./gc-plan.ts";
import { fileUsers, withoutUsed } from "./gc-users.ts";
import type { NodeAnswer } from "./list.ts";
import { readExitCode } from "./silence.ts";

export type { GcItem, GcKept } from "./gc-plan.ts";

export interface GcPlan {
  readonly items: readonly GcItem[];
  /** What a manifest names and gc leaves alone. */
  readonly kept: readonly GcKept[];
  readonly nodes: readonly NodeAnswer[];
}

export interface GcReport extends GcPlan {
  /** Whether it was carried out; otherwise it is a plan. */
  readonly applied: boolean;
  readonly removed: readonly { readonly node: string; readonly path: string }[];
}

export interface GcOptions {
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What jobs left behind on the nodes that answer, and would be removed. */
export async function planGc(cluster: Cluster, options: GcOptions = {}): Promise<GcPlan> {
  const { nodes: names = [], signal } = options;
  const outcomes = await cluster.ask(cluster.select(names), (node) => planNode(node, signal), { signal });
  const plans = outcomes.flatMap((outcome) => (outcome.state === "on" ? [outcome.value] : []));
  return {
    items: plans.flatMap(({ items }) => items),
    kept: plans.flatMap(({ kept }) => kept),
    nodes: outcomes.map((outcome) => (outcome.state === "on" ? { node: outcome.node, state: "on" as const } : outcome)),
  };
}

async function planNode(node: Node, signal: AbortSignal | undefined): Promise<JobCleaning> {
  const how = { patient: true, ...(signal && { signal }) };
  const jobs = await listJobs(node, { ...how, entries: true });
  const reservations = await listReservations(node, how);
  let plans = jobs.map((job) => planJob(node.name, job));
  const files = plans.flatMap(({ items }) => items.flatMap(({ kind, path }) => (kind === "file" ? [path] : [])));
  if (files.length > 0) {
    const users = await fileUsers(node, files, signal);
    plans = plans.map((plan) => withoutUsed(plan, users));
  }
  const stale = reservations.filter((reservation) => reservation.stale);
  return {
    items: [
      ...plans.flatMap(({ items }) => items),
      ...stale.map(({ name, id, key }) => ({
        node: node.name,
        kind: "reservation" as const,
        path: name,
        size: null,
        reason: "no job holds it any more",
        job: id,
        action: "release" as const,
        key,
      })),
    ],
    kept: plans.flatMap(({ kept }) => kept),
  };
}

/** Carries a plan out. Every node looks again first: what runs by now, or is another file, stays and is said. */
export async function applyGc(cluster: Cluster, plan: GcPlan, signal?: AbortSignal): Promise<GcReport> {
  const nodes = cluster.nodes.filter(({ name }) => plan.items.some(({ node }) => node === name));
  const outcomes = await cluster.ask(nodes, (node) => applyNode(node, plan, signal), { signal });
  const done = outcomes.flatMap((outcome) =>
    outcome.state === "on" ? outcome.value.results.map((result) => ({ node: outcome.node, ...result })) : [],
  );
  const answers = plan.nodes.map((answer) => {
    const outcome = outcomes.find(({ node }) => node === answer.node);
    if (outcome === undefined) return answer;
    if (outcome.state !== "on") return outcome;
    return outcome.value.isWhole ? answer : { node: answer.node, ...cutShort(answer.node) };
  });
  return {
    items: plan.items,
    nodes: answers,
    applied: true,
    removed: done.filter(({ removed }) => removed).map(({ node, path }) => ({ node, path })),
    kept: [
      ...plan.kept,
      ...done.filter(({ removed }) => !removed).map(({ node, path, why }) => ({ node, path, reason: why })),
    ],
  };
}

/**
 * The exit code of a read; what somebody agreed to remove names its node as well.
 * @param named what the user typed to choose nodes
 */
export function gcExitCode({ items, nodes, applied }: GcReport, named: readonly string[]): ExitCode {
  return readExitCode(nodes, applied ? [...named, ...items.map(({ node }) => node)] : named);
}

async function applyNode(node: Node, plan: GcPlan, signal: AbortSignal | undefined) {
  const items = plan.items.filter((item) => item.node === node.name);
  const tasks = new Map<string, CleanTask>();
  for (const { action, job } of items) if (action !== "release") tasks.set(`${action} ${job}`, { id: job, action });
  const how = signal && { signal };
  // first: that a reservation's job was cut off is seen by the job
  const released = [];
  for (const { key, job, path } of items) {
    if (key === undefined) continue;
    const removed = await dropStaleReservation(node, key, job, how);
    released.push({ path, removed, why: removed ? "" : "somebody holds it by now" });
  }
  if (tasks.size === 0) return { results: released, isWhole: true };
  const { outcomes, unheard } = await cleanJobs(node, [...tasks.values()], how);
  const said = new Set(outcomes.map(({ path }) => path));
  const lost = items.filter(
    ({ job, action, path }) => !said.has(path) && unheard.some((task) => task.id === job && task.action === action),
  );
  const why = "it did not come to this in time, or did not say what became of it";
  return {
    results: [...outcomes, ...lost.map(({ path }) => ({ path, removed: false, why })), ...released],
    isWhole: unheard.length === 0,
  };
}

/** What a node is that did not come to the end of its tasks. */
function cutShort(node: string): NodeSilence {
  return failed("slow", "it was cut short before all was done", `mclu gc ${quote(node)}`).silence;
}
