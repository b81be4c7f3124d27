import type { Image } from "../libvirt/block.ts";
import type { Disk, DomainDetails, Interface } from "../libvirt/domain-details.ts";
import type { DomainState } from "../libvirt/domains.ts";
import type { GuestAddress } from "../libvirt/guest-addresses.ts";
import type { GuestFacts } from "../libvirt/guest-facts.ts";
import type { Snapshot } from "../libvirt/snapshots.ts";
import type { DiskFacts, StorageFacts } from "../libvirt/storage-query.ts";
import type { FoundAddresses } from "./addresses.ts";

export interface DiskInfo extends Omit<Disk, "volume" | "backing"> {
  /** Where the image is on the node; null: it is no file there, or nobody could say. */
  readonly path: string | null;
  /** Bytes: what the guest sees, and what it takes on the node. */
  readonly capacity: number | null;
  readonly allocation: number | null;
  /** What it is an overlay of, nearest first; empty: of nothing; null: nobody could say. */
  readonly backing: readonly Pick<Image, "file" | "format" | "allocation">[] | null;
  /** What its file is instead of an image: `fifo`; null: it may be one. */
  readonly odd: string | null;
}

export interface InterfaceInfo extends Interface {
  readonly addresses: readonly Omit<GuestAddress, "mac">[];
  /** Bytes since the guest was started. */
  readonly received: number | null;
  readonly sent: number | null;
}

export interface SnapshotInfo extends Omit<Snapshot, "memory"> {
  /** Whether it holds the guest's memory as well. */
  readonly memory: boolean | null;
  readonly current: boolean;
}

/** What the XML of a guest says and has no place of its own in `GuestInfo`. */
export type Hardware = Omit<DomainDetails, "name" | "memory" | "vcpus" | "disks" | "interfaces">;

export type GuestInfo = {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  readonly state: DomainState | null;
  readonly stateReason: string | null;
  readonly persistent: boolean | null;
  readonly autostart: boolean | null;
  readonly managedSave: boolean | null;
  /** Seconds of CPU time since it was started. */
  readonly cpuTime: number | null;
  readonly vcpus: { readonly current: number | null; readonly maximum: number | null };
  /** Bytes; resident is what its process takes on the node. */
  readonly memory: GuestFacts["memory"];
  readonly snapshots: readonly SnapshotInfo[];
  /** Why no address is known. */
  readonly noAddress: string | null;
} & (
  | {
      readonly problem: null;
      readonly hardware: Hardware;
      readonly disks: readonly DiskInfo[];
      readonly interfaces: readonly InterfaceInfo[];
    }
  /** Its XML could not be had or read, and this is why. */
  | { readonly problem: string; readonly hardware: null; readonly disks: null; readonly interfaces: null }
);

/** Everything that was said about one guest, put together; `storage` is null where its XML could not be read. */
export function toGuestInfo(
  guest: { readonly node: string; readonly name: string; readonly uuid: string },
  facts: GuestFacts,
  read: { readonly details: DomainDetails; readonly storage: StorageFacts } | { readonly problem: string },
  { addresses, reason }: FoundAddresses,
): GuestInfo {
  const { state, stateReason, persistent, autostart, managedSave, cpuTime } = facts;
  const details = "details" in read ? read.details : null;
  const { current = null, maximum = null } = details?.memory ?? {};
  const common = {
    ...guest,
    state,
    stateReason,
    persistent,
    autostart,
    managedSave,
    cpuTime,
    vcpus: { current: facts.vcpus ?? details?.vcpus.current ?? null, maximum: details?.vcpus.maximum ?? null },
    // the XML has what was configured, the statistics what is
    memory: {
      current: facts.memory.current ?? current,
      maximum: facts.memory.maximum ?? maximum,
      resident: facts.memory.resident,
    },
    snapshots: snapshots(facts, "storage" in read ? read.storage : null),
    noAddress: reason,
  };
  if (!("details" in read)) return { ...common, problem: read.problem, hardware: null, disks: null, interfaces: null };
  const { name: _name, memory: _memory, vcpus: _vcpus, disks, interfaces, ...hardware } = read.details;
  return {
    ...common,
    problem: null,
    hardware,
    disks: disks.map((disk, index) => diskInfo(disk, read.storage.disks[index])),
    interfaces: interfaces.map((card) => ({
      ...card,
      addresses: addresses.filter(({ mac }) => mac === card.mac).map(({ mac: _mac, ...address }) => address),
      ...(facts.traffic.get(card.target ?? "") ?? { received: null, sent: null }),
    })),
  };
}

function diskInfo({ volume: _volume, ...disk }: Disk, facts: DiskFacts | undefined): DiskInfo {
  const [image, ...below] = facts?.chain ?? [];
  const { size, volume = null } = facts ?? {};
  const onNode = disk.type === "file" || disk.type === "block";
  return {
    ...disk,
    format: disk.format ?? volume?.format ?? null,
    path: onNode ? disk.source : (volume?.path ?? null),
    capacity: image?.capacity ?? size?.capacity ?? volume?.capacity ?? null,
    allocation: image?.allocation ?? size?.allocation ?? volume?.allocation ?? null,
    backing: image
      ? below.map(({ file, format, allocation }) => ({ file, format, allocation }))
      : (backingOf(disk) ?? volumeBacking(volume)),
    odd: facts?.odd ?? null,
  };
}

function backingOf({ backing }: Pick<Disk, "backing">): DiskInfo["backing"] {
  return backing?.map(({ source, format }) => ({ file: source ?? "", format, allocation: null })) ?? null;
}

function volumeBacking(volume: DiskFacts["volume"]): DiskInfo["backing"] {
  if (volume === null) return null;
  return volume.backing ? [{ file: volume.backing.path, format: volume.backing.format, allocation: null }] : [];
}

function snapshots(facts: GuestFacts, storage: StorageFacts | null): SnapshotInfo[] {
  const unknown = { description: null, state: null, created: null, parent: null, kind: null, memory: null };
  const known = facts.snapshots.map((name, index) => ({
    ...(storage?.snapshots[index] ?? { ...unknown, name }),
    current: name === facts.currentSnapshot,
  }));
  const parents = new Map(known.map(({ name, parent }) => [name, parent]));
  // two may be of the same second
  const depth = (name: string | null) => {
    let count = 0;
    for (let at = name; at !== null && count <= known.length; at = parents.get(at) ?? null) count++;
    return count;
  };
  return known.sort((a, b) => (a.created ?? 0) - (b.created ?? 0) || depth(a.name) - depth(b.name));
}
