import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import type { Node } from "../node/node.ts";
import { changeExitCode } from "./change-report.ts";
import { parseGuestSelector } from "./guest-selector.ts";
import { recallGuests } from "./last-seen.ts";
import type { NodeEnd } from "./node-power/node-result.ts";
import { PacketSender } from "./node-power/packet-sender.ts";
import { awaitNodes, look, macsOf, sendPackets, type WakeOptions } from "./node-power/wake-up.ts";

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
 * without `mac`, 7 at the deadline, 1 where no packet could be sent into its network.
 */
export async function wakeNodes(cluster: Cluster, nodes: readonly Node[], options: WakeOptions = {}): Promise<void> {
  const outcomes = await look(cluster, nodes, options.signal);
  const off = nodes.filter(({ name }) => outcomes.some(({ node, state }) => node === name && state === "off"));
  const macs = macsOf(off);
  const sender = new PacketSender(cluster, options.signal);
  refuseUnwoken(await sendPackets(sender, macs, options.onStep));
  refuseUnwoken(await awaitNodes(cluster, off, { sender, macs }, options));
}

function refuseUnwoken(ends: ReadonlyMap<string, NodeEnd>): void {
  const bad = [...ends].filter(([, { outcome }]) => outcome !== "done");
  const [first] = bad;
  if (!first) return;
  const [name, { hint, ...end }] = first;
  throw new UserError(`${bad.map(([node, { detail }]) => `${node}: ${detail}`).join("\n")}`, {
    hint: hint ?? `mclu status ${name}`,
    exitCode: changeExitCode({ results: [end] }),
  });
}
