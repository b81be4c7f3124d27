import { addressOwnersQuery } from "../libvirt/address-owner.ts";
import type { AddressSource } from "../libvirt/guest-addresses.ts";
import { guestLookQuery } from "../libvirt/guest-look.ts";
import { triedAddresses } from "../libvirt/ssh-probe.ts";
import type { FoundGuest } from "./find-guest.ts";
import type { AddressRow } from "./ip.ts";

/** An address that may be a guest's. */
export interface OwnAddress {
  readonly address: string;
  readonly source: AddressSource | null;
  /** false: only the guest's own word stands behind it, and the node cannot see whose it is: it is beyond a router, or nobody answers for it. */
  readonly isCertain: boolean;
}

export interface OwnAddresses {
  /** Those that are certain come first. */
  readonly addresses: readonly OwnAddress[];
  /** A claim of its that is not true; null: none of them is known to be. */
  readonly lie: string | null;
}

/**
 * The addresses of a guest without those that the node has itself, or finds at a network card of another machine: a login
 * would go there, to a host key that nobody knows under this guest's UUID. Most are the guest's own word: what its agent says,
 * and what the node's ARP table has, where Linux enters whoever asks for the node's address, under any address on any
 * interface, also one that its routes look for elsewhere. A lease is libvirt's word, but a guest may have left its address to
 * another one since. Rejects with NodeError.
 * @param rows what `ip` says of this guest; the first few are looked at
 */
export async function ownAddresses(
  guest: FoundGuest,
  rows: readonly AddressRow[],
  signal: AbortSignal | undefined,
): Promise<OwnAddresses> {
  const { node, name } = guest;
  const known = rows.slice(0, triedAddresses).flatMap(({ address, source }) => (address ? [{ address, source }] : []));
  const asked = addressOwnersQuery(known.map(({ address }) => address));
  const owners = known.length > 0 ? await node.ask(asked, { signal }) : [];
  const answering = rows.map(({ mac }) => mac);
  const isStrange = owners.some(({ macs }) => macs.some((mac) => !answering.includes(mac)));
  // Linux answers for an address by any of its cards, also by one that has none itself
  const cards = isStrange ? [...answering, ...(await cardsOf(guest, signal))] : answering;
  const judged = known.map(({ address, source }) => {
    const owner = owners.find((one) => one.address === address);
    const other = owner?.isNode ? `${node.name} itself` : owner?.macs.find((mac) => !cards.includes(mac));
    return { address, source, other, isCertain: source === "lease" || (owner?.macs.length ?? 0) > 0 };
  });
  const own = judged.filter(({ other }) => other === undefined);
  const [lie] = judged.filter(({ other }) => other !== undefined);
  return {
    addresses: [...own.filter(({ isCertain }) => isCertain), ...own.filter(({ isCertain }) => !isCertain)].map(
      ({ address, source, isCertain }) => ({ address, source, isCertain }),
    ),
    lie: lie ? `${claimOf(name, lie)}, and that is ${lie.other}` : null,
  };
}

async function cardsOf({ node, uuid }: FoundGuest, signal: AbortSignal | undefined): Promise<(string | null)[]> {
  const [look] = await node.ask(guestLookQuery([uuid]), { signal });
  return look?.details.interfaces.map(({ mac }) => mac) ?? [];
}

/** Who says that a guest has an address. */
export function claimOf(name: string, { address, source }: Pick<OwnAddress, "address" | "source">): string {
  if (source === "lease") return `a lease says that ${name} is at ${address}`;
  return `${source === "arp" ? `by ARP ${name}` : `the agent of ${name}`} says that it is at ${address}`;
}
