import type { Cluster } from "../../cluster/cluster.ts";
import { snapshotXmlQuery } from "../../libvirt/definitions-query.ts";
import { combine, UnexpectedOutput } from "../../libvirt/query.ts";
import { libvirtVersionQuery, snapshotNamesQuery } from "../../libvirt/snapshot-query.ts";
import { parseSnapshot, readSnapshotDisks, type Snapshot } from "../../libvirt/snapshots.ts";
import type { Node } from "../../node/node.ts";
import { askOfGuests } from "../ask-of-guests.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import { type Decision, refusal } from "../plan.ts";

export interface FoundSnapshot {
  readonly name: string;
  /** null: its XML cannot be read. */
  readonly snapshot: Snapshot | null;
  /** Sources of the disks that it was made of. */
  readonly disks: readonly string[];
  readonly current: boolean;
}

export interface GuestSnapshots {
  readonly snapshots: readonly FoundSnapshot[];
  /** As `libvirtVersionQuery` counts. */
  readonly version: number | null;
}

/** The snapshots of guests, and what libvirt on their nodes can do with them. */
export function findSnapshots(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => GuestSnapshots | Decision> {
  return askOfGuests(cluster, guests, (node, own) => askSnapshots(node, own, signal), signal);
}

/** The snapshots of guests of one node, in the guests' order. */
export async function askSnapshots(
  node: Node,
  guests: readonly FoundGuest[],
  signal: AbortSignal | undefined,
): Promise<readonly GuestSnapshots[]> {
  const ask = { signal, patient: true };
  const uuids = guests.map(({ uuid }) => uuid);
  const [all, version] = await node.ask(combine(snapshotNamesQuery(uuids), libvirtVersionQuery), ask);
  const wanted = all.flatMap(({ names }, index) => names.map((name) => ({ uuid: uuids[index] ?? "", name })));
  const texts = wanted.length === 0 ? [] : await node.ask(snapshotXmlQuery(wanted), ask);
  return all.map(({ names, current }, index) => ({
    version,
    snapshots: names.map((name) => {
      const place = wanted.findIndex((one) => one.uuid === uuids[index] && one.name === name);
      const text = texts[place] ?? "";
      const snapshot = readable(text, parseSnapshot);
      return { name, current: name === current, snapshot, disks: readable(text, readSnapshotDisks) ?? [] };
    }),
  }));
}

function readable<T>(text: string, parse: (text: string) => T): T | null {
  try {
    return text === "" ? null : parse(text);
  } catch (error) {
    if (error instanceof UnexpectedOutput) return null;
    throw error;
  }
}

/** The snapshot of that name. */
export function pickSnapshot(
  guest: FoundGuest,
  { snapshots }: GuestSnapshots,
  name: string,
): FoundSnapshot | Extract<Decision, { readonly verdict: "refused" }> {
  const found = snapshots.find((one) => one.name === name);
  if (found) return found;
  const has = snapshots.length === 0 ? "it has none" : `it has ${snapshots.map((one) => one.name).join(", ")}`;
  return refusal(`it has no snapshot ${name}: ${has}`, `mclu snapshot list ${guestPlace(guest)}`);
}
