import type { Cluster } from "../../cluster/cluster.ts";
import type { SnapshotInfo } from "../guest-info.ts";
import { type DeviceList, listDevices } from "../list-devices.ts";
import { askSnapshots } from "./find-snapshots.ts";

/** The snapshots of guests. Throws UserError as `findGuests` does. */
export function listSnapshots(
  cluster: Cluster,
  guests: readonly string[],
  options: { readonly nodes?: readonly string[] | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<DeviceList<SnapshotInfo>> {
  return listDevices(cluster, guests, options, async (node, seen) => {
    const found = await askSnapshots(
      node,
      seen.map(({ guest }) => guest),
      options.signal,
    );
    return found.map(({ snapshots }) =>
      snapshots.map(({ name, current, snapshot }) => ({
        description: null,
        state: null,
        created: null,
        parent: null,
        kind: null,
        memory: null,
        ...snapshot,
        name,
        current,
      })),
    );
  });
}
