import type { Cluster } from "../../cluster/cluster.ts";
import { powerOffQuery } from "../../libvirt/power-off.ts";
import { NodeError, type NodeSilence, reasonOf } from "../../node/failure.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { applyPlan } from "../apply-plan.ts";
import type { ChangeResult } from "../change-report.ts";
import { journalChange } from "../journal-changes.ts";
import { type NodeChangeReport, type NodeEnd, type NodeResult, nodeEnd, nodeResult } from "./node-result.ts";
import { type OffPlan, type OffTarget, offTargets, refuseJobs, refuseRunning, runningJobs } from "./plan-off.ts";
import { untilOff } from "./until-off.ts";

export interface ApplyOffOptions {
  /** Seconds that a node may take, once it was told. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told what is being done to a node: `stopping 2 guests`, `switching it off`. */
  readonly onStep?: ((node: string, what: string) => void) | undefined;
}

/** Services have 90 s to end under systemd, and some machines have slow ones. */
const defaultTimeout = 180;

const notOff = "not switched off";

/** Does what a plan says, on all nodes at once. Never rejects for what a node does, nor for an interruption. */
export async function applyOff(
  cluster: Cluster,
  plan: OffPlan,
  options: ApplyOffOptions = {},
): Promise<NodeChangeReport> {
  const warnings = new Set<string>();
  const guests: ChangeResult[] = [];
  const settled = new Map<string, NodeResult>();
  for (const target of plan.targets) if (target.verdict !== "change") settled.set(target.node, leftAlone(target));
  const targets = new Map(offTargets(plan).map((target) => [target.node, target]));
  // not the signal: what was interrupted has an outcome as well
  await cluster.ask(
    cluster.nodes.filter(({ name }) => targets.has(name)),
    async (node) => {
      const started = performance.now();
      const stopped = await stopGuests(cluster, node, targets.get(node.name)?.stops ?? [], options);
      guests.push(...stopped.results);
      for (const warning of stopped.warnings) warnings.add(warning);
      const end = stopped.end ?? (await switchOff(node, options));
      const result = nodeResult(node.name, started, end);
      settled.set(node.name, result);
      const problem = journalChange(cluster, "off", { ...result, name: "", uuid: "" });
      if (problem !== undefined) warnings.add(problem);
    },
  );
  const results = plan.targets.flatMap(({ node }) => settled.get(node) ?? []);
  return { verb: "off", results, guests, warnings: [...warnings] };
}

function leftAlone({ node, verdict, why, hint }: Exclude<OffTarget, { readonly verdict: "change" }>): NodeResult {
  return { node, ...nodeEnd(verdict, notOff, why, hint), seconds: 0 };
}

/** Stops a node's guests by the rules of `stop`; `end` where one of them was not, so that the node stays on. */
async function stopGuests(
  cluster: Cluster,
  node: Node,
  stops: Extract<OffTarget, { readonly verdict: "change" }>["stops"],
  { signal, onStep }: ApplyOffOptions,
) {
  if (stops.length === 0) return { results: [], warnings: [] };
  onStep?.(node.name, `stopping ${stops.length === 1 ? "1 guest" : `${stops.length} guests`}`);
  const plan = { verb: "stop", asks: false, targets: stops, nodes: [] };
  const { results, warnings } = await applyPlan(cluster, plan, { signal });
  const bad = results.find(({ outcome }) => outcome !== "done" && outcome !== "already");
  if (!bad) return { results, warnings };
  const why = `${bad.node}/${bad.name} was ${bad.what}${bad.detail === null ? "" : `: ${bad.detail}`}`;
  return { results, warnings, end: nodeEnd(bad.outcome, notOff, why, bad.hint) };
}

async function switchOff(node: Node, { timeout = defaultTimeout, signal, onStep }: ApplyOffOptions): Promise<NodeEnd> {
  if (signal?.aborted) return interrupted;
  onStep?.(node.name, "switching it off");
  const told = await tell(node, signal);
  if (told.kind === "end") return told.end;
  try {
    const { off, last } = await untilOff(node, timeout, signal);
    if (!off) return late(node, timeout, last);
    if (told.kind === "accepted") return nodeEnd("done", "switched off");
    return unknown(node, `${told.why}; now it does not answer`);
  } catch (error) {
    if (signal?.aborted) return unknown(node, "interrupted while it was switching itself off");
    throw error;
  }
}

type Told =
  | { readonly kind: "accepted" }
  /** It was told, and its answer was not heard. */
  | { readonly kind: "unheard"; readonly why: string }
  | { readonly kind: "end"; readonly end: NodeEnd };

/** Tells a node to switch itself off, after one more look at what runs there. */
async function tell(node: Node, signal: AbortSignal | undefined): Promise<Told> {
  const end = (...args: Parameters<typeof nodeEnd>): Told => ({ kind: "end", end: nodeEnd(...args) });
  let sent = false;
  try {
    const jobs = refuseJobs(await runningJobs(node, signal));
    if (jobs) return end("refused", notOff, jobs.why, jobs.hint);
    signal?.throwIfAborted();
    sent = true;
    const answer = await node.ask(powerOffQuery(node.settings.uri), { patient: true, signal });
    switch (answer.kind) {
      case "accepted":
        return answer;
      case "unheard":
        return { kind: "unheard", why: "its answer was cut short" };
      case "running": {
        const { why, hint } = refuseRunning(node.name, answer.guests);
        return end("refused", notOff, `${why}, by now`, hint);
      }
      case "blind":
        return end("refused", notOff, "libvirt does not say whether guests run there", `mclu status ${node.name}`);
      case "failed":
        return end("failed", notOff, answer.said, rightsHint(node));
    }
  } catch (error) {
    if (signal?.aborted)
      return { kind: "end", end: sent ? unknown(node, "interrupted as it was told to switch off") : interrupted };
    if (!(error instanceof NodeError)) throw error;
    const reason = reasonOf(error);
    if (sent && (reason === "lost" || reason === "slow")) return { kind: "unheard", why: error.message };
    const { silence } = error;
    const hint = silence.state === "failed" ? silence.hint : `mclu status ${quote(node.name)}`;
    return end("unreachable", notOff, `${error.message}; nothing was done`, hint);
  }
}

const interrupted = nodeEnd("interrupted", notOff, "interrupted before it was told anything");

function unknown(node: Node, why: string): NodeEnd {
  return nodeEnd("unknown", "unknown", `${why}: it may be off`, `mclu status ${quote(node.name)}`);
}

function late(node: Node, seconds: number, last: NodeSilence | null): NodeEnd {
  const how = last?.state === "failed" ? ` (${last.reason}: ${last.detail})` : "";
  return nodeEnd("deadline", notOff, `it still answers${how} after ${seconds} s`, `mclu status ${quote(node.name)}`);
}

function rightsHint({ name, settings }: Node): string {
  return settings.become === "none" && settings.user !== "root"
    ? `become = sudo, in [node.${name}] of mclu.conf`
    : `mclu exec ${quote(name)} -- systemctl poweroff`;
}
