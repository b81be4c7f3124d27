import {
  agentAddressesQuery,
  agentsPerQuery,
  type NodeAddresses,
  nodeAddressesQuery,
} from "../libvirt/address-query.ts";
import type { Address } from "../libvirt/addresses.ts";
import type { DomainDetails } from "../libvirt/domain-details.ts";
import type { DomainState } from "../libvirt/domains.ts";
import { isActive } from "../libvirt/domains.ts";
import { type GuestAddress, guestAddresses } from "../libvirt/guest-addresses.ts";
import type { Query } from "../libvirt/query.ts";
import { NodeError } from "../node/failure.ts";
import type { AskOptions, Node } from "../node/node.ts";

/** A guest whose addresses are wanted. */
export interface AddressSubject {
  readonly uuid: string;
  readonly state: DomainState | null;
  /** null: its XML could not be read. */
  readonly details: Pick<DomainDetails, "interfaces" | "agent"> | null;
}

/** What the sources of one node said. */
export interface AddressBook {
  readonly known: NodeAddresses;
  /** By UUID; null while, or because, nobody asked them. */
  readonly agents: ReadonlyMap<string, readonly Address[] | null> | null;
}

export interface FoundAddresses {
  readonly addresses: readonly GuestAddress[];
  /** Why there is none; null where there is one, or where the agent has yet to answer. */
  readonly reason: string | null;
}

/** What the node knows by itself: leases of its networks (by UUID), and its ARP table. */
export function addressQuery(
  { settings }: Node,
  subjects: readonly AddressSubject[],
  networks: readonly string[],
): Query<NodeAddresses> {
  const active = subjects.filter(({ state }) => state !== null && isActive(state)).map(({ uuid }) => uuid);
  // the test driver has leases by guest only
  return nodeAddressesQuery(networks, active, settings.uri.startsWith("test:"));
}

/** Agents of a node that are waited for in vain; those that were not asked by then count as silent. */
const hangingAgents = 3;

/**
 * Asks the agents of those guests that have one connected, each at most 3 s. Never rejects with NodeError: a node that is
 * lost now has said everything else already, and its guests' agents count as silent.
 */
export async function askAgents(
  node: Node,
  subjects: readonly AddressSubject[],
  options: AskOptions,
): Promise<ReadonlyMap<string, readonly Address[] | null>> {
  const answers = new Map<string, readonly Address[] | null>();
  let waiting = subjects.filter(hasAgent).map(({ uuid }) => uuid);
  try {
    // one that hangs ends its virsh process, and the others go on in the next
    for (let hanging = 0; hanging < hangingAgents && waiting.length > 0; ) {
      const asked = waiting.slice(0, agentsPerQuery);
      const answer = await node.ask(agentAddressesQuery(asked), options);
      for (const [uuid, addresses] of answer.answers) answers.set(uuid, addresses);
      // no virsh, or no libvirt
      if (answer.answers.size === 0) break;
      if (answer.cut) hanging++;
      waiting = [...answer.notAsked, ...waiting.slice(asked.length)];
    }
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
  }
  return answers;
}

/** Whether the guest's agent listens. */
export function hasAgent({ state, details }: AddressSubject): boolean {
  return state === "running" && details?.agent?.connected === true;
}

/** Why a guest has no address, and is not going to have one. */
export const noInterface = "no network interface";

/** What an address book says about one guest. */
export function addressesOf(subject: AddressSubject, { known, agents }: AddressBook): FoundAddresses {
  const { uuid, state, details } = subject;
  if (state !== null && !isActive(state)) return { addresses: [], reason: state };
  if (!details) return { addresses: [], reason: "its XML cannot be read" };
  const cards = details.interfaces.flatMap(({ mac, ...card }) => (mac === null ? [] : [{ ...card, mac }]));
  if (cards.length === 0) return { addresses: [], reason: noInterface };
  const addresses = guestAddresses(cards, {
    leases: known.leases,
    now: known.now,
    arp: known.arp.get(uuid) ?? null,
    agent: agents?.get(uuid) ?? null,
  });
  if (addresses.length > 0 || (hasAgent(subject) && agents === null)) return { addresses, reason: null };
  return { addresses, reason: `no lease, ${agentReason(subject, agents)}` };
}

function agentReason(subject: AddressSubject, agents: AddressBook["agents"]): string {
  if (subject.details?.agent === null) return "no agent channel";
  if (!hasAgent(subject)) return "agent not connected";
  return agents?.get(subject.uuid) ? "agent knows none" : "agent did not answer";
}
