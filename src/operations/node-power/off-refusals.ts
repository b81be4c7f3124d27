import { listJobs } from "../../node/jobs/read.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import type { JobRow } from "../jobs.ts";
import type { StuckGuest } from "../move/drain.ts";
import type { Silence } from "../silence.ts";

/** Why a node stays on. */
export interface OffRefusal {
  /** `unreachable`: whether guests run there is unknown, and it could not be told anything. */
  readonly verdict: "refused" | "unreachable";
  readonly why: string;
  readonly hint: string;
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
  const hint = `mclu off --drain ${quote(node)}, or: mclu off --stop-guests ${quote(node)}`;
  return { verdict: "refused", why, hint };
}

/** Why every node stays on where a guest of one of them can go nowhere. */
export function refuseStuck(node: string, stuck: readonly StuckGuest[]): OffRefusal {
  const own = stuck.filter((one) => one.node === node);
  const [first] = own.length > 0 ? own : stuck;
  const names = stuck.map((one) => `${one.node}/${one.name}`).join(", ");
  const why =
    own.length > 0
      ? own.map(({ name, why: reason }) => `${node}/${name} can go nowhere: ${reason}`).join("; ")
      : `${names} can go nowhere, and none of these nodes is switched off then`;
  return { verdict: "refused", why, hint: first?.hint ?? `mclu drain --dry-run ${quote(first?.node ?? node)}` };
}

/** Why a node stays on that leads to one that stays on. */
export function refuseJump(behind: string): OffRefusal {
  const why = `${behind} is reached through it, and stays on`;
  return { verdict: "refused", why, hint: `mclu status ${quote(behind)}` };
}

export const refuseLocal: OffRefusal = {
  verdict: "refused",
  why: "it is this machine, which nobody here would see going off",
  hint: "systemctl poweroff",
};

export function refuseSilent(node: string, silence: Silence): OffRefusal {
  if (silence.state === "failed")
    return { verdict: "unreachable", why: `failed: ${silence.reason}: ${silence.detail}`, hint: silence.hint };
  const why = `it does not answer (${silence.detail}): as far as can be seen from here it is off already`;
  return { verdict: "unreachable", why, hint: `mclu status ${quote(node)}` };
}
