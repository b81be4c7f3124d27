import type { Cluster } from "../../cluster/cluster.ts";
import type { Disk } from "../../libvirt/domain-details.ts";
import { type DeviceList, type DeviceRow, listDevices } from "../list-devices.ts";
import type { SeenGuest } from "../look-at-chosen.ts";
import { readStorage } from "../read-storage.ts";

export interface DiskRow extends DeviceRow, Omit<Disk, "volume" | "backing"> {
  /** Bytes: what the guest sees, and what it takes on the node. */
  readonly capacity: number | null;
  readonly allocation: number | null;
  /** What its file is instead of an image: `fifo`; null: it may be one. */
  readonly odd: string | null;
}

/** The disks of guests, as they are and as they will be. Throws UserError as `findGuests` does. */
export function listDisks(
  cluster: Cluster,
  guests: readonly string[],
  options: { readonly nodes?: readonly string[] | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<DeviceList<DiskRow>> {
  return listDevices(cluster, guests, options, async (node, seen) => {
    const disks = seen.map(disksOf);
    const subjects = seen.map(({ guest }, index) => ({
      uuid: guest.uuid,
      disks: (disks[index] ?? []).map(({ disk }) => disk),
      snapshots: [],
    }));
    const ask = { signal: options.signal, patient: true };
    const facts = await readStorage(node, subjects, ask);
    return disks.map((own, index) =>
      own.map(({ disk: { volume: _volume, backing: _backing, ...disk }, now, next }, place) => {
        const found = facts[index]?.disks[place];
        const capacity = found?.size.capacity ?? found?.chain?.[0]?.capacity ?? found?.volume?.capacity ?? null;
        const allocation = found?.chain?.[0]?.allocation ?? found?.size.allocation ?? found?.volume?.allocation ?? null;
        return { now, next, ...disk, capacity, allocation, odd: found?.odd ?? null };
      }),
    );
  });
}

/** Each disk once: as it is, else as it will be. */
function disksOf({ look, live }: SeenGuest) {
  const now = live ? look.details.disks : [];
  const next = look.persistent ? look.next.disks : [];
  const key = ({ target, source }: Disk) => `${target} ${source ?? ""}`;
  const has = (disks: readonly Disk[], one: Disk) => disks.some((disk) => key(disk) === key(one));
  return [...now, ...next.filter((disk) => !has(now, disk))].map((disk) => ({
    disk,
    now: has(now, disk),
    next: has(next, disk),
  }));
}
