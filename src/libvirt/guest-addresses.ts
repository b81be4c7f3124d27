import { type Address, currentLeases, type Lease } from "./addresses.ts";

/** Who knew an address. `arp` is a guess: somebody used it with this card not long ago. */
export type AddressSource = "agent" | "lease" | "arp";

export interface GuestAddress extends Address {
  readonly source: AddressSource;
}

/** What the sources said; null where one was not asked or had no answer. */
export interface AddressAnswers {
  readonly leases: readonly Lease[] | null;
  /** The node's clock, `YYYY-MM-DD HH:MM:SS`; null where it did not say. */
  readonly now: string | null;
  readonly arp: readonly Address[] | null;
  readonly agent: readonly Address[] | null;
}

/**
 * The addresses of some network cards, in the order of the cards, IPv4 first. For one card and family the best source
 * that knows any counts alone: the agent sees what is in use, a lease may be older than the guest's last start, and the
 * ARP table only remembers.
 */
export function guestAddresses(macs: readonly string[], answers: AddressAnswers): GuestAddress[] {
  const leases = answers.leases && currentLeases(answers.leases, answers.now ?? "");
  const sources: readonly (readonly [AddressSource, readonly Address[] | null])[] = [
    ["agent", answers.agent],
    ["lease", leases],
    ["arp", answers.arp],
  ];
  return [...new Set(macs)].flatMap((mac) =>
    (["ipv4", "ipv6"] as const).flatMap((family) => {
      for (const [source, known] of sources) {
        const found = known?.filter((address) => address.mac === mac && address.family === family) ?? [];
        if (found.length > 0) return unique(found).map((address) => toGuestAddress(address, source));
      }
      return [];
    }),
  );
}

function toGuestAddress({ mac, family, address, prefix }: Address, source: AddressSource): GuestAddress {
  return { mac, family, address, prefix, source };
}

function unique(addresses: readonly Address[]): Address[] {
  return [...new Map(addresses.map((address) => [address.address, address])).values()];
}
