import { addressOwnersQuery } from "../libvirt/address-owner.ts";
import type { AddressSource } from "../libvirt/guest-addresses.ts";
import { guestLookQuery } from "../libvirt/guest-look.ts";
import { triedAddresses } from "../libvirt/ssh-probe.ts";
import type { FoundGuest } from "./find-guest.ts";
import type { AddressRow } from "./ip.ts";

export interface OwnOptions {
  /** Of the guest's ssh server; default 22. */
  readonly port?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An address that may be a guest's. */
export interface OwnAddress {
  readonly address: string;
  readonly source: AddressSource | null;
  /** false: only the guest's own word stands behind it, and the node cannot see whose it is: it is beyond a router, or nobody answers for it. */
  readonly isCertain: boolean;
  /**
   * For whoever has a connection there by now, which nobody took before: who had the address once may have been asked. Gives
   * the claim that is not true, or null; rejects with NodeError. null: there is nothing to ask again.
   */
  readonly recheck: (() => Promise<string | null>) | null;
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
 * another one since; only one that takes a connection counts there, since what the node remembers may be older than the lease.
 * Rejects with NodeError.
 * @param rows what `ip` says of this guest; the first few are looked at
 */
export async function ownAddresses(
  guest: FoundGuest,
  rows: readonly AddressRow[],
  options: OwnOptions,
): Promise<OwnAddresses> {
  const known = rows.slice(0, triedAddresses).flatMap(({ address, source }) => (address ? [{ address, source }] : []));
  const judged = known.length > 0 ? await judge(guest, rows, known, options) : [];
  const own = judged.filter(({ lie }) => lie === null);
  const lies = judged.flatMap(({ lie }) => lie ?? []);
  return {
    addresses: [...own.filter(({ isCertain }) => isCertain), ...own.filter(({ isCertain }) => !isCertain)].map(
      ({ lie: _, isOpen, ...one }) => ({ ...one, recheck: isOpen ? null : () => recheck(one) }),
    ),
    lie: lies[0] ?? null,
  };

  async function recheck(one: Known): Promise<string | null> {
    const [now] = await judge(guest, rows, [one], options);
    return now?.lie ?? null;
  }
}

type Known = Pick<OwnAddress, "address" | "source">;

interface Judged extends Omit<OwnAddress, "recheck"> {
  readonly lie: string | null;
  /** Somebody took a connection there, and the node has looked at whose card that was. */
  readonly isOpen: boolean;
}

async function judge(
  guest: FoundGuest,
  rows: readonly AddressRow[],
  known: readonly Known[],
  { port, signal }: OwnOptions,
): Promise<readonly Judged[]> {
  const { node, name } = guest;
  const asked = addressOwnersQuery(
    known.map(({ address }) => address),
    port,
  );
  const owners = await node.ask(asked, { signal });
  const answering = rows.map(({ mac }) => mac);
  const isStrange = owners.some(({ macs }) => macs.some((mac) => !answering.includes(mac)));
  // Linux answers for an address by any of its cards, also by one that has none itself
  const cards = isStrange ? [...answering, ...(await cardsOf(guest, signal))] : answering;
  return known.map(({ address, source }, index) => {
    const { isNode = false, isOpen = false, macs = [] } = owners[index] ?? {};
    const stranger = macs.find((mac) => !cards.includes(mac));
    const other = isNode ? `${node.name} itself` : source === "lease" && !isOpen ? undefined : stranger;
    const lie = other === undefined ? null : `${claimOf(name, { address, source })}, and that is ${other}`;
    return { address, source, lie, isOpen, isCertain: source === "lease" || macs.length > 0 };
  });
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
