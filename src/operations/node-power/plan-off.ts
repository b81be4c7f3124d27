import type { Cluster } from "../../cluster/cluster.ts";
import { type ExitCode, exitCodes, worstExitCode } from "../../errors.ts";
import { isActive } from "../../libvirt/domains.ts";
import { listJobs } from "../../node/jobs/read.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import type { JobRow } from "../jobs.ts";
import { rememberGuests } from "../last-seen.ts";
import { askOverview } from "../overview.ts";
import { type ChangeTarget, changesOf, makePlan } from "../plan.ts";
import type { Silence } from "../silence.ts";
import { decideStop } from "../stop.ts";

/** What `off` will do with a node, or why nothing. */
export type OffTarget = { readonly node: string } & (
  | { readonly verdict: "change" /** Guests that are stopped before. */; readonly stops: readonly ChangeTarget[] }
  | OffRefusal
);

interface OffRefusal {
  /** `unreachable`: whether guests run there is unknown, and it could not be told anything. */
  readonly verdict: "refused" | "unreachable";
  readonly why: string;
  readonly hint: string;
}

export interface OffPlan {
  readonly targets: readonly OffTarget[];
}

export interface OffOptions {
  /** Have the guests that run there switch themselves off first. */
  readonly stopGuests?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What switching these nodes (names and @groups) off comes to. Throws UserError (exit 4) for a node that there is not. */
export async function planOff(
  cluster: Cluster,
  names: readonly string[],
  { stopGuests = false, signal }: OffOptions = {},
): Promise<OffPlan> {
  const nodes = cluster.select(names);
  const how = { signal, patient: true };
  const far = nodes.filter(({ settings }) => settings.transport !== "local");
  const look = async (node: Node) => ({ ...(await askOverview(node, how)), jobs: await runningJobs(node, signal) });
  const outcomes = await cluster.ask(far, look, { signal });
  await rememberGuests(cluster, outcomes);
  const targets = nodes.map((node): OffTarget => {
    const outcome = outcomes.find((one) => one.node === node.name);
    if (!outcome) return { node: node.name, ...refuseLocal };
    if (outcome.state !== "on") return { node: node.name, ...refuseSilent(node.name, outcome) };
    const { domains, jobs } = outcome.value;
    const guests = domains.filter(({ state }) => state === null || isActive(state)).map((one) => ({ ...one, node }));
    return { node: node.name, ...(refuseJobs(jobs) ?? clear(node.name, guests, stopGuests)) };
  });
  return { targets };
}

/** The nodes that a plan switches off. */
export function offTargets({ targets }: OffPlan): readonly Extract<OffTarget, { verdict: "change" }>[] {
  return targets.filter((target) => target.verdict === "change");
}

/** The exit code of a plan that is only shown. */
export function offPlanExitCode({ targets }: OffPlan): ExitCode {
  const codes = { change: exitCodes.done, refused: exitCodes.refused, unreachable: exitCodes.unreachable };
  return worstExitCode(targets.map(({ verdict }) => codes[verdict]));
}

/** Jobs that a power cut would interrupt. */
export async function runningJobs(node: Node, signal: AbortSignal | undefined): Promise<readonly JobRow[]> {
  const jobs = await listJobs(node, { patient: true, signal });
  return jobs
    .filter(({ state }) => state === "running" || state === "waiting")
    .map((job) => ({ node: node.name, ...job }));
}

/** Why a node on which jobs run stays on; undefined where none does. */
export function refuseJobs(jobs: readonly JobRow[]): OffRefusal | undefined {
  const [first] = jobs;
  if (!first) return undefined;
  const names = jobs.map(({ id, kind, guest }) => `${id} (${[kind, guest].filter(Boolean).join(" ")})`);
  const why = `${jobs.length === 1 ? "a job runs" : `${jobs.length} jobs run`} there: ${names.join(", ")}`;
  return { verdict: "refused", why, hint: `mclu jobs follow ${first.id}, or: mclu jobs cancel ${first.id}` };
}

/** Why a node stays on where these guests run. */
export function refuseRunning(node: string, guests: readonly string[]): OffRefusal {
  const why = `${guests.length === 1 ? "a guest runs" : `${guests.length} guests run`} there: ${guests.join(", ")}`;
  return { verdict: "refused", why, hint: `mclu off --stop-guests ${quote(node)}` };
}

const refuseLocal: OffRefusal = {
  verdict: "refused",
  why: "it is this machine, which nobody here would see going off",
  hint: "systemctl poweroff",
};

function refuseSilent(node: string, silence: Silence): OffRefusal {
  if (silence.state === "failed")
    return { verdict: "unreachable", why: `failed: ${silence.reason}: ${silence.detail}`, hint: silence.hint };
  const why = `it does not answer (${silence.detail}): as far as can be seen from here it is off already`;
  return { verdict: "unreachable", why, hint: `mclu status ${quote(node)}` };
}

/** What becomes of the guests that run on a node: they are a reason to leave it on, or they are stopped as `stop` would. */
function clear(node: string, guests: readonly FoundGuest[], stopGuests: boolean) {
  const names = guests.map(({ name }) => name);
  if (guests.length > 0 && !stopGuests) return refuseRunning(node, names);
  const stop = makePlan({ verb: "stop", asks: false }, { guests, nodes: [] }, (guest) => decideStop(guest));
  const refused = stop.targets.find(({ verdict }) => verdict === "refused");
  const place = guests.find(({ uuid }) => uuid === refused?.uuid);
  if (refused?.verdict === "refused" && place)
    return { verdict: "refused" as const, why: `${guestPlace(place)}: ${refused.why}`, hint: refused.hint ?? "" };
  return { verdict: "change" as const, stops: changesOf(stop) };
}
