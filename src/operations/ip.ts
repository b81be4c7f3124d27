import type { Cluster } from "../cluster/cluster.ts";
import type { NodeOutcome } from "../cluster/fan-out.ts";
import { networksQuery } from "../libvirt/address-query.ts";
import { domainXmlQuery } from "../libvirt/domain-query.ts";
import { isActive } from "../libvirt/domains.ts";
import type { AddressSource } from "../libvirt/guest-addresses.ts";
import type { DomainOverview } from "../libvirt/overview.ts";
import { combine } from "../libvirt/query.ts";
import type { AskOptions, Node } from "../node/node.ts";
import { type AddressBook, type AddressSubject, addressesOf, addressQuery, askAgents, hasAgent } from "./addresses.ts";
import { compareNames } from "./compare-names.ts";
import { findGuests } from "./find-guest.ts";
import { readDetails } from "./guest-details.ts";
import type { NodeAnswer } from "./list.ts";
import { askOverview } from "./overview.ts";
import { paced } from "./paced.ts";

/** One address of a guest, or why it has none. */
export interface AddressRow {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  readonly address: string | null;
  /** Bits of the network's mask. */
  readonly prefix: number | null;
  readonly family: "ipv4" | "ipv6" | null;
  readonly mac: string | null;
  /** Who knew it; `arp` is a guess. */
  readonly source: AddressSource | null;
  /** The interface's end on the node, such as `vnet0`. */
  readonly interface: string | null;
  /** The network, bridge or device it is attached to. */
  readonly network: string | null;
  /** Why there is no address. */
  readonly reason: string | null;
}

export interface IpReport {
  readonly addresses: readonly AddressRow[];
  readonly nodes: readonly NodeAnswer[];
  /** What a node said and mclu did not understand. */
  readonly warnings: readonly string[];
}

export interface IpOptions {
  /** Names, UUIDs, globs, `NODE/GUEST`; none: every guest that is active. */
  readonly guests?: readonly string[];
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with what is known so far: as nodes answer, and before guests' agents are asked. */
  readonly onProgress?: ((report: IpReport) => void) | undefined;
}

interface NodeAddressAnswer {
  readonly guests: readonly (AddressSubject & { readonly name: string })[];
  readonly book: AddressBook;
}

/**
 * The addresses of guests: what their agents say, else DHCP leases, else a guess from the node's ARP table. Throws
 * UserError as `findGuests` does.
 */
export async function ip(cluster: Cluster, options: IpOptions = {}): Promise<IpReport> {
  const wanted = await wantedGuests(cluster, options);
  const soFar = new Map<string, NodeOutcome<NodeAddressAnswer>>();
  const report = () =>
    toReport(
      wanted.nodes.flatMap(({ name }) => soFar.get(name) ?? []),
      wanted.others,
    );
  const progress = paced(() => options.onProgress?.(report()));
  const keep = (outcome: NodeOutcome<NodeAddressAnswer>) => {
    soFar.set(outcome.node, outcome);
    progress.request();
  };
  const ask = async (node: Node): Promise<NodeAddressAnswer> => {
    const { signal } = options;
    const { guests, networks } = await subjectsOn(node, await wanted.on(node), { signal });
    const known = await node.ask(addressQuery(node, guests, networks), { signal });
    if (!guests.some(hasAgent)) return { guests, book: { known, agents: null } };
    keep({ node: node.name, state: "on", value: { guests, book: { known, agents: null } } });
    return { guests, book: { known, agents: await askAgents(node, guests, { signal }) } };
  };
  try {
    await cluster.ask(wanted.nodes, ask, { signal: options.signal, onSettled: keep });
  } finally {
    progress.stop();
  }
  return report();
}

/** Which guests on which nodes, and the answers of the nodes that have none of them. */
async function wantedGuests(cluster: Cluster, options: IpOptions) {
  const { guests: selectors = [], nodes: within = [], signal } = options;
  if (selectors.length === 0) {
    const on = async (node: Node) => {
      const { domains } = await askOverview(node, { signal, patient: within.length > 0 });
      return domains.filter(({ state }) => state !== null && isActive(state));
    };
    return { nodes: cluster.select(within), others: [] as readonly NodeAnswer[], on };
  }
  const found = await findGuests(cluster, selectors, { nodes: within, signal });
  const nodes = [...new Set(found.guests.map(({ node }) => node))];
  const others = found.nodes.filter((answer) => !nodes.some(({ name }) => name === answer.node));
  return { nodes, others, on: async (node: Node) => found.guests.filter((guest) => guest.node === node) };
}

async function subjectsOn(node: Node, domains: readonly DomainOverview[], options: AskOptions) {
  if (domains.length === 0) return { guests: [], networks: [] };
  const uuids = domains.map(({ uuid }) => uuid);
  const [xml, networks] = await node.ask(combine(domainXmlQuery(uuids), networksQuery), options);
  const read = await Promise.all(uuids.map((uuid) => readDetails(xml.get(uuid) ?? null)));
  const guests = domains
    .map(({ uuid, name, state }, index) => ({ uuid, name, state, details: read[index]?.details ?? null }))
    .sort((a, b) => compareNames(a.name, b.name));
  return { guests, networks };
}

function toReport(outcomes: readonly NodeOutcome<NodeAddressAnswer>[], others: readonly NodeAnswer[]): IpReport {
  const answered = outcomes.flatMap((outcome) => (outcome.state === "on" ? [outcome] : []));
  return {
    addresses: answered.flatMap(({ node, value }) => value.guests.flatMap((guest) => toRows(node, guest, value.book))),
    nodes: [
      ...outcomes.map((outcome) => (outcome.state === "on" ? { node: outcome.node, state: "on" as const } : outcome)),
      ...others,
    ],
    warnings: answered.flatMap(({ node, value }) => value.book.known.problems.map((problem) => `${node}: ${problem}`)),
  };
}

function toRows(node: string, guest: NodeAddressAnswer["guests"][number], book: AddressBook): AddressRow[] {
  const { name, uuid } = guest;
  const { addresses, reason } = addressesOf(guest, book);
  const none = { address: null, prefix: null, family: null, mac: null, source: null, interface: null, network: null };
  if (addresses.length === 0) return [{ node, name, uuid, ...none, reason }];
  return addresses.map(({ address, prefix, family, mac, source }) => {
    const card = guest.details?.interfaces.find((known) => known.mac === mac);
    const place = { interface: card?.target ?? null, network: card?.source ?? null };
    return { node, name, uuid, address, prefix, family, mac, source, ...place, reason: null };
  });
}
