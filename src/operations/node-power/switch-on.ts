import type { Cluster } from "../../cluster/cluster.ts";
import type { NodeOutcome } from "../../cluster/fan-out.ts";
import type { FailureReason } from "../../node/failure.ts";
import { journalChange } from "../journal-changes.ts";
import { type NodeChangeReport, type NodeEnd, nodeEnd, nodeResult } from "./node-result.ts";
import { PacketSender } from "./packet-sender.ts";
import { awaitNodes, look, macsOf, sendPackets, type WakeOptions } from "./wake-up.ts";

export interface OnOptions extends WakeOptions {
  /** Wait until libvirt answers. */
  readonly wait?: boolean | undefined;
}

/** Reasons that say nothing of whether the node is on. */
const blind: readonly FailureReason[] = ["unknown-host", "no-network", "jump"];

/**
 * Wakes those of these nodes (names and @groups) that are off. Throws UserError: exit 4 for a node that there is not, 2 for
 * one that is off and has no `mac`; then nothing was sent to any.
 */
export async function switchOn(
  cluster: Cluster,
  names: readonly string[],
  options: OnOptions = {},
): Promise<NodeChangeReport> {
  const nodes = cluster.select(names);
  const started = performance.now();
  const outcomes = await look(cluster, nodes, options.signal);
  const isOff = ({ name }: { readonly name: string }) =>
    outcomes.some(({ node, state }) => node === name && state === "off");
  const macs = macsOf(nodes.filter(isOff));
  const sender = new PacketSender(cluster, options.signal);
  const ends = new Map<string, NodeEnd>(outcomes.flatMap((outcome) => standing(outcome)));
  for (const [name, end] of await sendPackets(sender, macs, options.onStep)) ends.set(name, end);
  const isComing = ({ name }: { readonly name: string }) =>
    ends.get(name)?.what === coming || ends.get(name)?.outcome === "done";
  if (options.wait) {
    const waiting = nodes.filter(isComing);
    for (const [name, end] of await awaitNodes(cluster, waiting, { sender, macs }, options)) ends.set(name, end);
  }
  const results = nodes.flatMap(({ name }) => {
    const end = ends.get(name);
    return end ? [nodeResult(name, started, end)] : [];
  });
  const problems = results
    .filter(({ node }) => isOff({ name: node }))
    .flatMap((result) => journalChange(cluster, "on", { ...result, name: "", uuid: "" }) ?? []);
  return { verb: "on", results, guests: [], moves: [], warnings: [...new Set(problems)] };
}

/** A node that is on, of which more is to be waited for. */
const coming = "on, but failed";

/** What there is to say of a node that need not be woken. */
function standing(outcome: NodeOutcome<unknown>): readonly (readonly [string, NodeEnd])[] {
  if (outcome.state === "off") return [];
  if (outcome.state === "on") return [[outcome.node, nodeEnd("already", "already on")]];
  const { node, reason, detail, hint } = outcome;
  const why = `${reason}: ${detail}`;
  if (blind.includes(reason)) return [[node, nodeEnd("unreachable", "unknown", `${why}; no packet was sent`, hint)]];
  return [[node, nodeEnd("already", coming, why, hint)]];
}
