import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { isActive } from "../libvirt/domains.ts";
import { sshProbe } from "../libvirt/ssh-probe.ts";
import { noInterface } from "./addresses.ts";
import { askOne } from "./ask-one.ts";
import type { FindOptions, FoundGuest } from "./find-guest.ts";
import { findOneGuest } from "./find-one-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { ip } from "./ip.ts";
import type { NodeAnswer } from "./list.ts";
import { type OwnAddress, type OwnOptions, ownAddresses } from "./own-addresses.ts";

/** A guest, and where its node reaches it now. */
export interface ReachableGuest extends OwnAddress {
  readonly guest: FoundGuest;
  readonly nodes: readonly NodeAnswer[];
}

/**
 * Finds a guest and the address that its ssh server has. Throws UserError as `findGuests` does; exit 6 where the guest is
 * off, or says an address that is another machine's; exit 1 where nobody knows an address of it.
 */
export async function findReachable(
  cluster: Cluster,
  selector: string,
  options: FindOptions & OwnOptions = {},
): Promise<ReachableGuest> {
  const { signal } = options;
  const { guest, nodes } = await findOneGuest(cluster, selector, options);
  const { node, name, uuid, state } = guest;
  if (state !== null && !isActive(state))
    throw new UserError(`${name} cannot be reached: it is ${state}`, {
      hint: `mclu start ${guestPlace(guest)}`,
      exitCode: exitCodes.refused,
    });
  const { addresses: rows } = await ip(cluster, { guests: [`${node.name}/${uuid}`], signal });
  const { addresses, lie } = await askOne(cluster, node, () => ownAddresses(guest, rows, options), signal);
  const [first] = addresses;
  if (!first && lie !== null)
    throw new UserError(lie, {
      hint: `mclu ip ${guestPlace(guest)}, or mclu console ${guestPlace(guest)}`,
      exitCode: exitCodes.refused,
    });
  if (!first) throw noAddress(guest, rows[0]?.reason ?? "nobody says one");
  if (addresses.length > 1)
    for (const one of addresses) {
      const answers = await askOne(cluster, node, () => node.ask(sshProbe(one.address), { signal }), signal);
      if (answers) return { guest, ...one, nodes };
    }
  return { guest, ...first, nodes };
}

function noAddress(guest: FoundGuest, reason: string): UserError {
  const place = guestPlace(guest);
  const hint = reason === noInterface ? `mclu nic add ${place}` : `mclu wait ${place} --for ssh`;
  return new UserError(`no address of ${guest.name} is known: ${reason}`, {
    hint: `${hint}, or mclu console ${place}`,
  });
}
