import type { Disk, DomainDetails } from "../../libvirt/domain-details.ts";
import { filesQuery } from "../../libvirt/files-query.ts";
import {
  activePoolsQuery,
  type Pool,
  poolsQuery,
  type VolumeQuestion,
  volumesQuery,
} from "../../libvirt/pools-query.ts";
import type { Node } from "../../node/node.ts";
import type { DiskCandidate } from "./fate.ts";

/** A guest that is to be deleted: as it runs, and as it will start. */
export interface DeleteTarget {
  readonly uuid: string;
  readonly details: readonly DomainDetails[];
}

/** The disks of a guest, and what its node says of them. */
export type OwnDisk = DiskCandidate & { readonly uuid: string };

/** The pools of a node that are active. */
export async function readPools(node: Node, signal: AbortSignal | undefined): Promise<readonly Pool[]> {
  const ask = { signal, patient: true };
  return node.ask(poolsQuery(await node.ask(activePoolsQuery, ask)), ask);
}

/** Asks a node where the disks of its guests are. */
export async function findDisks(
  node: Node,
  targets: readonly DeleteTarget[],
  signal: AbortSignal | undefined,
): Promise<readonly OwnDisk[]> {
  const ask = { signal, patient: true };
  const disks = targets.flatMap(({ uuid, details }) => disksOf(details).map((disk) => ({ uuid, disk })));
  const pools = await readPools(node, signal);
  const volumes = await node.ask(volumesQuery(disks.map(({ disk }) => volumeQuestion(disk))), ask);
  const found = disks.map(({ uuid, disk }, index) => {
    const volume = volumes[index] ?? null;
    const kind = pools.find((pool) => pool.uuid === volume?.pool);
    const onNode = disk.type === "file" || disk.type === "block";
    const path = disk.volume === null ? (onNode ? disk.source : null) : (volume?.path ?? null);
    return { uuid, disk, path, volume: volume && kind ? { ...volume, kind } : null };
  });
  const paths = found.flatMap(({ path }) => (path?.startsWith("/") ? [path] : []));
  const facts = await node.ask(filesQuery(paths), ask);
  const files = new Map(paths.map((path, index) => [path, facts[index] ?? null]));
  return found.map((one) => ({ ...one, file: files.get(one.path ?? "") ?? null }));
}

/** Every disk that a guest has now or at its next start, each source once. */
function disksOf(details: readonly DomainDetails[]): readonly Disk[] {
  const bySource = new Map<string, Disk>();
  for (const { disks } of details)
    for (const disk of disks)
      if (disk.source !== null) {
        const key = `${disk.type} ${disk.source}`;
        const known = bySource.get(key);
        // of two descriptions of one disk the more careful one counts
        bySource.set(key, known ? careful(known, disk) : disk);
      }
  return [...bySource.values()];
}

function careful(a: Disk, b: Disk): Disk {
  return {
    ...a,
    device: a.device === "disk" ? b.device : a.device,
    readonly: a.readonly || b.readonly,
    shareable: a.shareable || b.shareable,
  };
}

function volumeQuestion(disk: Disk): VolumeQuestion {
  if (disk.volume) return disk.volume;
  return { path: disk.source ?? "" };
}
