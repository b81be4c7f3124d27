import { lookup } from "node:dns/promises";
import { isIPv4 } from "node:net";
import type { Cluster } from "../../cluster/cluster.ts";
import { broadcastOf, isNeighbour } from "../../ipv4.ts";
import { broadcastQuery, neighbourQuery } from "../../libvirt/neighbour.ts";
import { NodeError } from "../../node/failure.ts";
import type { Node } from "../../node/node.ts";
import { magicPacket, ownNetworks, sendMagicPacket } from "../../node/wake.ts";

/** Where a magic packet went out: by which node, or from here where that is null; or why it reached no network of the node's. */
export type Sent = { readonly by: string | null } | { readonly problem: string };

/** Sends magic packets to nodes that are off, from where their networks are. */
export class PacketSender {
  readonly #cluster: Cluster;
  readonly #signal: AbortSignal | undefined;
  /** Neighbours that said they sent a node its packet. */
  readonly #believed = new Map<Node, Set<Node>>();

  constructor(cluster: Cluster, signal: AbortSignal | undefined) {
    this.#cluster = cluster;
    this.#signal = signal;
  }

  /**
   * From here into every network of this machine; where the node's is none of these, also by the first node that is on, in
   * the same network, and has a program for it: the next time by another one, since who says that it sent may not have.
   */
  async send(node: Node, mac: string): Promise<Sent> {
    const here = await sendMagicPacket(mac).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const { hostname, direct } = await this.#cluster.locate(node);
    const address = direct ? await addressOf(hostname) : undefined;
    // a name that nobody resolves may be anywhere, here too
    const isHere = direct && (address === undefined || ownNetworks().some((own) => isNeighbour(address, own)));
    if (isHere) return here === null ? { by: null } : { problem: `it could not be sent from here: ${here}` };
    return this.#byNeighbour(node, mac, address ?? hostname);
  }

  async #byNeighbour(node: Node, mac: string, host: string): Promise<Sent> {
    const others = this.#cluster.nodes.filter((other) => other !== node && other.settings.transport !== "local");
    const how = { signal: this.#signal };
    const outcomes = await this.#cluster.ask(others, (other) => other.ask(neighbourQuery(host), how), how);
    const near = outcomes.flatMap((outcome) => {
      if (outcome.state !== "on") return [];
      const { interfaces, resolved } = outcome.value;
      const found = resolved === null ? undefined : interfaces.find((one) => isNeighbour(resolved, one));
      return found ? [{ node: this.#cluster.node(outcome.node), broadcast: broadcastOf(found) }] : [];
    });
    const believed = this.#believed.get(node) ?? new Set();
    this.#believed.set(node, believed);
    if (near.every(({ node: by }) => believed.has(by))) believed.clear();
    const isNew = ({ node: by }: (typeof near)[number]) => !believed.has(by);
    for (const { node: by, broadcast } of [...near.filter(isNew), ...near.filter((one) => !isNew(one))]) {
      if (!(await this.#broadcast(by, mac, broadcast))) continue;
      believed.add(by);
      return { by: by.name };
    }
    if (near.length > 0)
      return {
        problem: `${near.map(({ node: { name } }) => name).join(", ")}, in its network, could not send it: that takes python3 or perl`,
      };
    return { problem: `neither this machine nor a node that is on is in its network (${host})` };
  }

  async #broadcast(node: Node, mac: string, broadcast: string): Promise<boolean> {
    try {
      return await node.ask(broadcastQuery(magicPacket(mac), broadcast), { signal: this.#signal });
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (error instanceof NodeError) return false;
      throw error;
    }
  }
}

/** The IPv4 address of a host; undefined where it has none, or nobody knows it. */
async function addressOf(hostname: string): Promise<string | undefined> {
  if (isIPv4(hostname)) return hostname;
  return lookup(hostname, { family: 4 }).then(
    ({ address }) => address,
    () => undefined,
  );
}
