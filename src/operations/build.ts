import { randomUUID } from "node:crypto";
import type { Cluster } from "../cluster/cluster.ts";
import { type ExitCode, exitCodes, UserError, worstExitCode } from "../errors.ts";
import { domainDefinition } from "../libvirt/domain-definition.ts";
import { osIdOf } from "../libvirt/os-id.ts";
import { NodeError } from "../node/failure.ts";
import { cancelJob } from "../node/jobs/cancel.ts";
import { type FollowEvent, followJob } from "../node/jobs/follow.ts";
import { makeJobId } from "../node/jobs/job-id.ts";
import { releaseReservation } from "../node/jobs/reservation.ts";
import { startJob } from "../node/jobs/start.ts";
import type { Node } from "../node/node.ts";
import { createSlots } from "../node/slots.ts";
import { randomMac } from "../random-mac.ts";
import { buildJobSpec } from "./build-job.ts";
import type { BuildTarget } from "./build-plan.ts";
import { type BuildResult, resultOfError, resultOfJob, resultOfLostCancel } from "./build-result.ts";
import { journalChange } from "./journal-changes.ts";
import type { PreparedBuild } from "./prepare-build.ts";
import { type Reserved, reserve } from "./reserve.ts";
import { nodeTotals } from "./status.ts";

export interface BuildOptions {
  /** USER@HOST, for the guest's metadata and for whoever lists jobs. */
  readonly client: string;
  /** Leave the jobs running and return. */
  readonly detach?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onJob?: ((target: BuildTarget, id: string) => void) | undefined;
  readonly onEvent?: ((target: BuildTarget, event: FollowEvent) => void) | undefined;
  /** Called as each guest is built, or is not. */
  readonly onSettled?: ((result: BuildResult) => void) | undefined;
}

export interface BuildReport {
  /** In the order of the plan. */
  readonly results: readonly BuildResult[];
  /** One sentence each. */
  readonly warnings: readonly string[];
}

/** Builds on one node at once: each takes a CPU and 1 GiB for libguestfs. */
const parallelBuilds = 2;

/** Builds what was prepared, all nodes at once. What happens to one guest stops no other; an interruption cancels jobs. */
export async function build(cluster: Cluster, prepared: PreparedBuild, options: BuildOptions): Promise<BuildReport> {
  const warnings = new Set<string>();
  const slots = new Map(cluster.nodes.map(({ name }) => [name, createSlots(parallelBuilds)]));
  const results = prepared.plan.targets.map(async (target, index) => {
    const started = performance.now();
    const seconds = () => Math.round(performance.now() - started) / 1000;
    const turn = slots.get(target.node) ?? createSlots(1);
    const result = await turn
      .use(() => buildOne(cluster, prepared, index, options), options.signal)
      .catch((error: unknown) => resultOfError(target, error, options.signal));
    const timed = { ...result, seconds: seconds() };
    const unwritten = journalChange(cluster, "build", { ...timed, uuid: timed.uuid ?? "" });
    if (unwritten !== undefined) warnings.add(unwritten);
    options.onSettled?.(timed);
    return timed;
  });
  return { results: await Promise.all(results), warnings: [...warnings] };
}

/** 0 when every guest was built; else what the worst of them says, and 3 where others were. */
export function buildExitCode({ results }: Pick<BuildReport, "results">): ExitCode {
  const isDone = ({ exitCode }: BuildResult) => exitCode === exitCodes.done;
  const codes = results.map(({ exitCode }) => exitCode);
  const mixed = results.some(isDone) && !results.every(isDone);
  return worstExitCode(mixed ? [...codes.filter((code) => code !== exitCodes.failed), exitCodes.partial] : codes);
}

async function buildOne(
  cluster: Cluster,
  prepared: PreparedBuild,
  index: number,
  options: BuildOptions,
): Promise<BuildResult> {
  const { signal } = options;
  const target = prepared.plan.targets[index];
  if (!target) throw new Error("no such target");
  const node = cluster.node(target.node);
  const id = makeJobId();
  const uuid = randomUUID();
  const { name, memory } = target;
  const reserved = await reserve(cluster, { node: node.name, name, memory, id }, signal);
  try {
    refuseOvercommit(node, target, reserved);
    const spec = await specOf(node, prepared, index, { id, uuid, key: reserved.key, client: options.client });
    await startJob(node, spec, { id, signal, onEvent: (event) => options.onEvent?.(target, event) });
  } catch (error) {
    // whether it runs is not known where the answer was lost: then the job keeps its name
    const unknown = error instanceof NodeError && error.silence.state === "failed" && error.silence.reason === "lost";
    // an interruption may have come when it had just begun
    if (signal?.aborted) {
      const ended = await cancelStarted(node, target, { id, uuid });
      if (ended) return ended;
    }
    if (!unknown) await releaseReservation(node, reserved.key, id).catch(() => undefined);
    throw error;
  }
  options.onJob?.(target, id);
  if (options.detach) return { ...resultOfJob(target, uuid, id, undefined), outcome: "building" };
  return followBuild(node, target, { id, uuid }, options);
}

async function followBuild(
  node: Node,
  target: BuildTarget,
  { id, uuid }: { readonly id: string; readonly uuid: string },
  { signal, onEvent }: BuildOptions,
): Promise<BuildResult> {
  const end = await followJob(node, id, { signal, onEvent: (event) => onEvent?.(target, event) });
  switch (end.kind) {
    case "ended":
      return resultOfJob(target, uuid, id, end.job);
    case "interrupted":
      return (await cancelStarted(node, target, { id, uuid })) ?? resultOfJob(target, uuid, id, undefined);
    case "unreachable":
      throw new NodeError(end.silence);
    case "none":
      throw new UserError(`the job ${id} is gone from ${node.name}`, { hint: `mclu info ${node.name}/${target.name}` });
  }
}

/** Ends a job after an interruption, and says what came of it; undefined: there is no such job. */
async function cancelStarted(
  node: Node,
  target: BuildTarget,
  { id, uuid }: { readonly id: string; readonly uuid: string },
): Promise<BuildResult | undefined> {
  try {
    const ended = await cancelJob(node, id);
    return ended.kind === "none" ? undefined : resultOfJob(target, uuid, id, ended.job);
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    return resultOfLostCancel(target, id, error);
  }
}

function specOf(
  node: Node,
  { plan, recipe, hosts }: PreparedBuild,
  index: number,
  {
    id,
    uuid,
    key,
    client,
  }: { readonly id: string; readonly uuid: string; readonly key: string; readonly client: string },
) {
  const [target, place] = [plan.targets[index], hosts[index]];
  if (!target || !place) throw new Error("no such target");
  const { name, memory, vcpus, disk, format, network, firmware, graphics, size, start, keys } = target;
  const definition = domainDefinition(
    {
      name,
      uuid,
      memory,
      vcpus,
      disk: { path: disk, format },
      mac: randomMac(),
      network,
      firmware,
      graphics,
      os: recipe.os === null ? undefined : osIdOf(recipe.os),
      built: { source: { kind: "template", name: recipe.name }, builder: client, date: new Date().toISOString() },
    },
    place.capabilities,
  );
  const { home, isRoot } = place.host;
  const pool = { name: target.pool, directory: place.directory };
  const { uri } = node.settings;
  return buildJobSpec({
    id,
    name,
    uuid,
    recipe,
    keys,
    uri,
    pool,
    disk,
    format,
    size,
    definition,
    start,
    home,
    isRoot,
    client,
    reservation: key,
  });
}

/** Of two builders that together want more than a node has, the one whose reservation came later finds out here. */
function refuseOvercommit(node: Node, { name, memory }: BuildTarget, { ahead, overviews }: Reserved): void {
  const overview = overviews.get(node.name);
  const free = overview ? nodeTotals(overview, node.settings.hostReserve + ahead).free : null;
  if (free !== null && free >= memory) return;
  throw new UserError(`the memory that ${name} needs on ${node.name} was taken meanwhile; nothing was changed`, {
    hint: "mclu place, and build it again",
    exitCode: exitCodes.refused,
  });
}
