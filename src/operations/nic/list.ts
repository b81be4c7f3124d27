import type { Cluster } from "../../cluster/cluster.ts";
import type { Interface } from "../../libvirt/domain-details.ts";
import { type DeviceList, type DeviceRow, listDevices } from "../list-devices.ts";
import type { SeenGuest } from "../look-at-chosen.ts";

export type NicRow = DeviceRow & Interface;

/** The network cards of guests, as they are and as they will be. Throws UserError as `findGuests` does. */
export function listNics(
  cluster: Cluster,
  guests: readonly string[],
  options: { readonly nodes?: readonly string[] | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<DeviceList<NicRow>> {
  return listDevices(cluster, guests, options, async (_node, seen) => seen.map(nicsOf));
}

/** Each card once: as it is, else as it will be. */
function nicsOf({ look, live }: SeenGuest): readonly NicRow[] {
  const now = live ? look.details.interfaces : [];
  const next = look.persistent ? look.next.interfaces : [];
  const has = (cards: readonly Interface[], one: Interface) => cards.some(({ mac }) => mac === one.mac);
  return [...now, ...next.filter((card) => !has(now, card))].map((card) => ({
    now: has(now, card),
    next: has(next, card),
    ...card,
  }));
}
