import { powerOffQuery } from "../../libvirt/power-off.ts";
import { NodeError, type NodeSilence, reasonOf } from "../../node/failure.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { type ClearOptions, notOff } from "./clear-node.ts";
import { type NodeEnd, nodeEnd } from "./node-result.ts";
import { refuseJobs, refuseRunning, runningJobs } from "./off-refusals.ts";
import { untilOff } from "./until-off.ts";

export interface SwitchOffOptions extends Pick<ClearOptions, "signal" | "onStep"> {
  /** Seconds that a node may take, once it was told. */
  readonly timeout?: number | undefined;
}

/** Services have 90 s to end under systemd, and some machines have slow ones. */
const defaultTimeout = 180;

/** Has a node switch itself off, if nothing runs there, and waits until it answers nothing any more. */
export async function switchOff(
  node: Node,
  { timeout = defaultTimeout, signal, onStep }: SwitchOffOptions,
): Promise<NodeEnd> {
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

export const interrupted = nodeEnd("interrupted", notOff, "interrupted before it was told anything");

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
