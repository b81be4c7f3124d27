import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { isActive } from "../libvirt/domains.ts";
import { sshProbe } from "../libvirt/ssh-probe.ts";
import { askOne } from "./ask-one.ts";
import type { FindOptions, FoundGuest } from "./find-guest.ts";
import { findOneGuest } from "./find-one-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { ip } from "./ip.ts";
import type { NodeAnswer } from "./list.ts";

/** A guest, and where its node reaches it now. */
export interface ReachableGuest {
  readonly guest: FoundGuest;
  readonly address: string;
  readonly nodes: readonly NodeAnswer[];
}

/**
 * Finds a guest and the address that its ssh server has. Throws UserError as `findGuests` does; exit 6 where the guest is
 * off; exit 1 where nobody knows an address of it.
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
  const known = addresses.flatMap(({ address }) => address ?? []);
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
