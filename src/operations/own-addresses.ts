import { addressOwnersQuery } from "../libvirt/address-owner.ts";
import { triedAddresses } from "../libvirt/ssh-probe.ts";
import type { FoundGuest } from "./find-guest.ts";
import type { AddressRow } from "./ip.ts";

/** An address that may be a guest's. */
export interface OwnAddress {
  readonly address: string;
  /** false: its agent alone says it, and the node cannot see whose it is: it is beyond a router, or nobody answers for it. */
  readonly isCertain: boolean;
}

export interface OwnAddresses {
  /** Those that are certain come first. */
  readonly addresses: readonly OwnAddress[];
  /** A claim of its agent that is not true; null: none of them is known to be. */
  readonly lie: string | null;
}

/**
 * The addresses of a guest without those that its agent alone says and that the node has itself, or finds at a network card
 * of another machine: a login would go there, to a host key that nobody knows under this guest's UUID. Rejects with NodeError.
 * @param rows what `ip` says of this guest; the first few are looked at
 */
export async function ownAddresses(
  { node, name }: FoundGuest,
  rows: readonly AddressRow[],
  signal: AbortSignal | undefined,
): Promise<OwnAddresses> {
  const known = rows.slice(0, triedAddresses).flatMap(({ address, source }) => (address ? [{ address, source }] : []));
  const claims = known.flatMap(({ address, source }) => (source === "agent" ? [address] : []));
  const owners = claims.length > 0 ? await node.ask(addressOwnersQuery(claims), { signal }) : [];
  const cards = rows.map(({ mac }) => mac);
  const judged = known.map(({ address }) => {
    const owner = owners.find((one) => one.address === address);
    const other = owner?.isNode ? `${node.name} itself` : owner?.macs.find((mac) => !cards.includes(mac));
    return { address, other, isCertain: !owner || owner.macs.length > 0 };
  });
  const own = judged.filter(({ other }) => other === undefined);
  const [lie] = judged.filter(({ other }) => other !== undefined);
  return {
    addresses: [...own.filter(({ isCertain }) => isCertain), ...own.filter(({ isCertain }) => !isCertain)].map(
      ({ address, isCertain }) => ({ address, isCertain }),
    ),
    lie: lie ? `the agent of ${name} says that it is at ${lie.address}, and that is ${lie.other}` : null,
  };
}
