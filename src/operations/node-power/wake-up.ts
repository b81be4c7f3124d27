import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../cluster/cluster.ts";
import type { NodeOutcome } from "../../cluster/fan-out.ts";
import { exitCodes, UserError } from "../../errors.ts";
import type { Overview } from "../../libvirt/overview.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { endedAfter } from "../../node/until-aborted.ts";
import { askOverview } from "../overview.ts";
import { type NodeEnd, nodeEnd } from "./node-result.ts";
import type { PacketSender } from "./packet-sender.ts";

export interface WakeOptions {
  /** Seconds until libvirt has to answer there; default 180. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each node that a packet is sent to, and by whom. */
  readonly onStep?: ((node: string, what: string) => void) | undefined;
}

const defaultTimeout = 180;
/** Milliseconds from one look to the next. */
const pace = 2000;
/** Looks from one packet to the next: a network card may have missed the first. */
const looksPerPacket = 5;
/** Seconds for a look that begins shortly before the deadline. */
const lastPatience = 2;

/** How nodes are now. */
export function look(
  cluster: Cluster,
  nodes: readonly Node[],
  signal: AbortSignal | undefined,
  onSettled?: (outcome: NodeOutcome<Overview>) => void,
): Promise<readonly NodeOutcome<Overview>[]> {
  return cluster.ask(nodes, (node) => askOverview(node, { signal, patient: true }), { signal, onSettled });
}

/** The `mac` of each node by its name. Throws UserError (exit 2) where one has none. */
export function macsOf(nodes: readonly Node[]): ReadonlyMap<Node, string> {
  return new Map(
    nodes.map((node) => {
      const { mac } = node.settings;
      if (mac !== undefined) return [node, mac];
      throw new UserError(`${node.name} is off, and its mac is not configured`, {
        hint: `set mac = AA:BB:CC:DD:EE:FF in [node.${node.name}] of mclu.conf`,
        exitCode: exitCodes.usage,
      });
    }),
  );
}

/** Sends a packet to each of these nodes, once. What was not sent is `failed`. */
export async function sendPackets(
  sender: PacketSender,
  macs: ReadonlyMap<Node, string>,
  onStep?: WakeOptions["onStep"],
): Promise<ReadonlyMap<string, NodeEnd>> {
  const send = async ([node, mac]: readonly [Node, string]) => {
    const sent = await sender.send(node, mac);
    if ("problem" in sent) {
      const hint = `mclu status ${quote(node.name)}`;
      return [node.name, nodeEnd("failed", "not woken", sent.problem, hint)] as const;
    }
    onStep?.(node.name, sent.by === null ? "waking it" : `waking it, by ${sent.by}`);
    return [node.name, nodeEnd("done", "told to wake")] as const;
  };
  return new Map(await Promise.all([...macs].map(send)));
}

/**
 * Waits until libvirt answers on nodes; those that do not wake are sent packets again. Gives how it ended by their names.
 * @param sender who sent them the first ones
 */
export async function awaitNodes(
  cluster: Cluster,
  nodes: readonly Node[],
  { sender, macs }: { readonly sender: PacketSender; readonly macs: ReadonlyMap<Node, string> },
  options: WakeOptions,
): Promise<ReadonlyMap<string, NodeEnd>> {
  const { timeout = defaultTimeout, signal } = options;
  const deadline = performance.now() + timeout * 1000;
  const ends = new Map<string, NodeEnd>();
  let waiting = nodes;
  for (let round = 1; waiting.length > 0; round++) {
    await sleep(pace, undefined, { signal });
    const outcomes = await lookUntil(cluster, waiting, deadline, signal);
    const isLate = performance.now() > deadline;
    for (const outcome of outcomes) {
      if (outcome.state === "on") ends.set(outcome.node, nodeEnd("done", "on"));
      else if (isLate) {
        const why = outcome.state === "off" ? `no answer: ${outcome.detail}` : `${outcome.reason}: ${outcome.detail}`;
        const hint = outcome.state === "off" ? `mclu status ${quote(outcome.node)}` : outcome.hint;
        ends.set(outcome.node, nodeEnd("deadline", "not on", `did not wake within ${timeout} s (${why})`, hint));
      }
    }
    waiting = waiting.filter(({ name }) => !ends.has(name));
    if (round % looksPerPacket === 0) {
      const still = new Map([...macs].filter(([node]) => waiting.includes(node)));
      await sendPackets(sender, still);
    }
  }
  return ends;
}

/** A look that ends at the deadline; a node that is frozen as it comes up has not answered by then. */
async function lookUntil(
  cluster: Cluster,
  nodes: readonly Node[],
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<readonly NodeOutcome<Overview>[]> {
  const settled: NodeOutcome<Overview>[] = [];
  const seconds = Math.max(lastPatience, (deadline - performance.now()) / 1000);
  const all = await endedAfter(seconds, signal, (until) => look(cluster, nodes, until, (one) => settled.push(one)));
  const silent = ({ name }: Node) => settled.every(({ node }) => node !== name);
  return (
    all ?? [
      ...settled,
      ...nodes.filter(silent).map(({ name }) => ({ node: name, state: "off", detail: "it is silent" }) as const),
    ]
  );
}
