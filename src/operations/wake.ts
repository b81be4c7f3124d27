import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import type { Node } from "../node/node.ts";
import { sendMagicPacket } from "../node/wake.ts";
import { parseGuestSelector } from "./guest-selector.ts";
import { recallGuests } from "./last-seen.ts";
import { askOverview } from "./overview.ts";

export interface WakeOptions {
  /** Seconds until libvirt has to answer there. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each node that a packet is sent to. */
  readonly onWake?: ((node: string) => void) | undefined;
}

const defaultTimeout = 180;
/** Milliseconds from one look to the next. */
const pace = 2000;

/** The nodes that are named, by `NODE/GUEST` or by themselves. Throws UserError (exit 2) where none is. */
export function nodesToWake(
  cluster: Cluster,
  guests: readonly string[],
  nodes: readonly string[] = [],
): readonly Node[] {
  const names = cluster.nodes.map(({ name }) => name);
  const scopes = guests.flatMap((text) => {
    const { scope, alternative } = parseGuestSelector(text, names);
    return scope ?? alternative?.scope ?? [];
  });
  const named = [...nodes, ...scopes];
  if (named.length > 0) return cluster.select(named);
  const seen = recallGuests(cluster).find(({ guests: had }) => had.some(({ name }) => guests.includes(name)));
  throw new UserError("--wake has to know which node is meant", {
    hint: `name it: mclu start --wake ${seen ? seen.node : "NODE"}/GUEST, or --node${seen ? `; ${seen.node} had such a guest` : ""}`,
    exitCode: exitCodes.usage,
  });
}

/**
 * Wakes those of these nodes that are off, and waits until libvirt answers on them. Throws UserError: exit 2 for a node
 * without `mac`, exit 7 at the deadline.
 */
export async function wakeNodes(cluster: Cluster, nodes: readonly Node[], options: WakeOptions = {}): Promise<void> {
  const { timeout = defaultTimeout, signal, onWake } = options;
  const states = await look(cluster, nodes, signal);
  const off = nodes.filter(({ name }) => states.get(name) === "off");
  const macs = new Map(off.map((node) => [node.name, macOf(node)]));
  for (const { name } of off) onWake?.(name);
  const deadline = performance.now() + timeout * 1000;
  let waiting = off;
  for (let round = 0; waiting.length > 0; round++) {
    if (round > 0 && performance.now() > deadline) throw tooLate(waiting, timeout);
    // again now and then: a network card may have missed the first
    if (round % 5 === 0) await Promise.all(waiting.map(({ name }) => send(name, macs.get(name) ?? "")));
    await sleep(pace, undefined, { signal });
    const now = await look(cluster, waiting, signal);
    waiting = waiting.filter(({ name }) => now.get(name) !== "on");
  }
}

async function look(cluster: Cluster, nodes: readonly Node[], signal: AbortSignal | undefined) {
  const outcomes = await cluster.ask(nodes, (node) => askOverview(node, { signal, patient: true }), { signal });
  return new Map(outcomes.map(({ node, state }) => [node, state]));
}

async function send(node: string, mac: string): Promise<void> {
  try {
    await sendMagicPacket(mac);
  } catch (error) {
    throw new UserError(`no wake-on-LAN packet for ${node} could be sent`, {
      hint: error instanceof Error ? error.message : String(error),
      exitCode: exitCodes.unreachable,
      cause: error,
    });
  }
}

function macOf({ name, settings }: Node): string {
  if (settings.mac !== undefined) return settings.mac;
  throw new UserError(`${name} is off, and its mac is not configured`, {
    hint: `set mac = AA:BB:CC:DD:EE:FF in [node.${name}] of mclu.conf`,
    exitCode: exitCodes.usage,
  });
}

function tooLate(nodes: readonly Node[], timeout: number): UserError {
  const names = nodes.map(({ name }) => name).join(", ");
  return new UserError(`${names} did not wake within ${timeout} s`, {
    hint: `mclu status ${nodes.map(({ name }) => name).join(" ")}`,
    exitCode: exitCodes.deadline,
  });
}
