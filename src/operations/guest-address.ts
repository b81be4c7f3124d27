import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { addressOwnersQuery } from "../libvirt/address-owner.ts";
import { isActive } from "../libvirt/domains.ts";
import { sshProbe, triedAddresses } from "../libvirt/ssh-probe.ts";
import { askOne } from "./ask-one.ts";
import type { FindOptions, FoundGuest } from "./find-guest.ts";
import { findOneGuest } from "./find-one-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { type AddressRow, ip } from "./ip.ts";
import type { NodeAnswer } from "./list.ts";

/** A guest, and where its node reaches it now. */
export interface ReachableGuest {
  readonly guest: FoundGuest;
  readonly address: string;
  readonly nodes: readonly NodeAnswer[];
}

/**
 * Finds a guest and the address that its ssh server has. Throws UserError as `findGuests` does; exit 6 where the guest is
 * off, or its agent says an address that is another machine's; exit 1 where nobody knows an address of it.
 */
export async function findReachable(
  cluster: Cluster,
  selector: string,
  options: FindOptions = {},
): Promise<ReachableGuest> {
  const { signal } = options;
  const { guest, nodes } = await findOneGuest(cluster, selector, options);
  const { node, name, uuid, state } = guest;
  if (state !== null && !isActive(state))
    throw new UserError(`${name} cannot be reached: it is ${state}`, {
      hint: `mclu start ${guestPlace(guest)}`,
      exitCode: exitCodes.refused,
    });
  const { addresses } = await ip(cluster, { guests: [`${node.name}/${uuid}`], signal });
  const known = await ownAddresses(cluster, guest, addresses.slice(0, triedAddresses), signal);
  const [first] = known;
  if (first === undefined)
    throw new UserError(`no address of ${name} is known: ${addresses[0]?.reason ?? "nobody says one"}`, {
      hint: `mclu wait ${guestPlace(guest)} --for ssh, or mclu console ${guestPlace(guest)}`,
    });
  if (known.length > 1)
    for (const address of known) {
      const answers = await askOne(cluster, node, () => node.ask(sshProbe(address), { signal }), signal);
      if (answers) return { guest, address, nodes };
    }
  return { guest, address: first, nodes };
}

/**
 * The addresses of a guest without those that its agent alone says and that the node has itself, or finds at a network card
 * of another machine: the login would go there, to a host key that nobody knows under this guest's UUID. Throws UserError
 * (exit 6) where none is left.
 */
async function ownAddresses(
  cluster: Cluster,
  guest: FoundGuest,
  rows: readonly AddressRow[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const { node, name } = guest;
  const known = rows.flatMap(({ address }) => address ?? []);
  const claims = rows.flatMap(({ address, source }) => (source === "agent" && address !== null ? [address] : []));
  if (claims.length === 0) return known;
  const owners = await askOne(cluster, node, () => node.ask(addressOwnersQuery(claims), { signal }), signal);
  const cards = rows.map(({ mac }) => mac);
  const others = owners.flatMap(({ address, isNode, macs }) => {
    const owner = isNode ? `${node.name} itself` : macs.some((mac) => cards.includes(mac)) ? undefined : macs[0];
    return owner === undefined ? [] : [{ address, owner }];
  });
  const own = known.filter((address) => !others.some((other) => other.address === address));
  const [other] = others;
  if (own.length > 0 || !other) return own;
  throw new UserError(`the agent of ${name} says that it is at ${other.address}, and that is ${other.owner}`, {
    hint: `mclu ip ${guestPlace(guest)}, or mclu console ${guestPlace(guest)}`,
    exitCode: exitCodes.refused,
  });
}
