import { type Address, currentLeases, type LeaseNetwork, type NetworkLease } from "./addresses.ts";
import type { Interface } from "./domain-details.ts";

/** Who knew an address. `arp` is a guess: somebody used it with this card not long ago. */
export type AddressSource = "agent" | "lease" | "arp";

export interface GuestAddress extends Address {
  readonly source: AddressSource;
}

/** A network card whose addresses are wanted, and where it is attached. */
export type Card = Pick<Interface, "type" | "source" | "bridge"> & { readonly mac: string };

/** What the sources said; null where one was not asked or had no answer. */
export interface AddressAnswers {
  readonly leases: readonly NetworkLease[] | null;
  /** The node's clock, `YYYY-MM-DD HH:MM:SS`; null where it did not say. */
  readonly now: string | null;
  readonly arp: readonly Address[] | null;
  readonly agent: readonly Address[] | null;
}

/**
 * The addresses of some network cards, in the order of the cards, IPv4 first. For one card and family the best source
 * that knows any counts alone: the agent sees what is in use, a lease may be older than the guest's last start, and the
 * ARP table only remembers. A lease counts for cards on its own network or its bridge, which two networks may share: on
 * another one a guest may have taken the same MAC.
 */
export function guestAddresses(cards: readonly Card[], answers: AddressAnswers): GuestAddress[] {
  const own = answers.leases?.filter((lease) =>
    cards.some((card) => card.mac === lease.mac && isOn(card, lease.network)),
  );
  const leases = currentLeases(own ?? [], answers.now ?? "");
  const sources: readonly (readonly [AddressSource, readonly Address[] | null])[] = [
    ["agent", answers.agent],
    ["lease", leases],
    ["arp", answers.arp],
  ];
  return [...new Set(cards.map(({ mac }) => mac))].flatMap((mac) =>
    (["ipv4", "ipv6"] as const).flatMap((family) => {
      for (const [source, known] of sources) {
        const found = known?.filter((address) => address.mac === mac && address.family === family) ?? [];
        if (found.length > 0) return unique(found).map((address) => toGuestAddress(address, source));
      }
      return [];
    }),
  );
}

function isOn({ type, source, bridge }: Card, network: LeaseNetwork | null): boolean {
  if (network === null || (bridge !== null && bridge === network.bridge)) return true;
  return type === "network" && source === network.name;
}

function toGuestAddress({ mac, family, address, prefix }: Address, source: AddressSource): GuestAddress {
  return { mac, family, address, prefix, source };
}

function unique(addresses: readonly Address[]): Address[] {
  return [...new Map(addresses.map((address) => [address.address, address])).values()];
}
