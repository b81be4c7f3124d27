import { poolPlaceQuery } from "../../libvirt/pool-place.ts";
import { type Room, roomQuery } from "../../libvirt/room-query.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { formatExactSize } from "../../size.ts";
import type { Obstacle } from "./move-plan.ts";

/** Bytes that come into a directory. */
export interface RoomNeed {
  readonly directory: string;
  readonly size: number;
  /** What it is there; default: not known. */
  readonly path?: string;
}

/** A pool that files come into, by its directory; `available` null: libvirt does not say that it has room. */
export type RoomPools = ReadonlyMap<string, { readonly name: string; readonly available: number | null }>;

/**
 * What has no room in the pools of a node, file system by file system: pools may share one. A sparse disk may grow later,
 * as it may where it is. Rejects with NodeError.
 * @param promised what other guests bring there, which move before
 */
export async function poolRoom(
  node: Node,
  copied: readonly RoomNeed[],
  promised: readonly RoomNeed[],
  pools: RoomPools,
  signal: AbortSignal | undefined,
): Promise<readonly Obstacle[]> {
  const own = copied.filter(({ directory, size }) => size > 0 && pools.has(directory));
  if (own.length === 0) return [];
  const all = [...own, ...promised];
  const rooms = await poolRooms(node, all, pools, signal);
  const devices = [...new Set(rooms.slice(0, own.length).map(({ device }) => device))];
  return devices.flatMap((device) => {
    const isHere = (at: number) => rooms[at]?.device === device;
    const here = own.filter((_, index) => isHere(index));
    const wanted = sum(here);
    const before = sum(promised.filter((_, index) => isHere(own.length + index)));
    const found = [...new Set(here.map(({ directory }) => pools.get(directory)))].flatMap((pool) => pool ?? []);
    const room = rooms.find((room) => room.device === device);
    const isKnown = room !== undefined && !room.isHidden && found.every(({ available }) => available !== null);
    const free = room?.free ?? 0;
    if (isKnown && free >= wanted + before) return [];
    const names = found.map(({ name }) => name).join(", ");
    const others = before === 0 ? "" : `, of which guests that move before take ${upwards(before)}`;
    return [
      {
        why: `pool ${names}: ${upwards(wanted)} wanted, ${isKnown ? downwards(free) : "unknown"} free${others}`,
        fix: makeRoom(node),
      },
    ];
  });
}

/** The rooms of directories, in their order; of a pool that this login cannot see, what libvirt says of it. */
async function poolRooms(
  node: Node,
  needs: readonly RoomNeed[],
  pools: RoomPools,
  signal: AbortSignal | undefined,
): Promise<readonly Room[]> {
  const ask = { signal, patient: true };
  const rooms = await node.ask(roomQuery(needs.map(({ directory }) => directory)), ask);
  const nameOf = (at: number) => (rooms[at]?.isHidden ? pools.get(needs[at]?.directory ?? "")?.name : undefined);
  const hidden = [...new Set(rooms.flatMap((_, at) => nameOf(at) ?? []))];
  const told = new Map<string, Room>();
  for (const name of hidden) {
    const available = (await node.ask(poolPlaceQuery(name), ask))?.available ?? null;
    told.set(name, { device: `pool ${name}`, free: available ?? 0, isHidden: available === null });
  }
  return rooms.map((room, at) => told.get(nameOf(at) ?? "") ?? room);
}

/**
 * What has no room on a node beside what its pools take, file system by file system. Rejects with NodeError.
 * @param taken what comes into pools, whose own room is looked at elsewhere
 */
export async function roomBeside(
  node: Node,
  needs: readonly RoomNeed[],
  taken: readonly RoomNeed[],
  signal: AbortSignal | undefined,
): Promise<readonly Obstacle[]> {
  if (needs.length === 0) return [];
  const all = [...needs, ...taken];
  const rooms = await node.ask(roomQuery(all.map(({ directory }) => directory)), { signal, patient: true });
  const devices = [...new Set(rooms.slice(0, needs.length).map(({ device }) => device))];
  return devices.flatMap((device) => {
    const here = all.filter((_, index) => rooms[index]?.device === device);
    const wanted = sum(here);
    const free = rooms.find((room) => room.device === device)?.free ?? 0;
    if (free >= wanted) return [];
    const why = `${here[0]?.directory} of ${node.name}: ${upwards(wanted)} wanted, ${downwards(free)} free`;
    return [{ why, fix: makeRoom(node) }];
  });
}

function makeRoom({ name }: Node): string {
  return `mclu gc ${quote(name)}, or mclu status --wide`;
}

function sum(needs: readonly RoomNeed[]): number {
  return needs.reduce((all, { size }) => all + size, 0);
}

/** To the MiB above, and below: what is wanted, and what is free. */
function upwards(bytes: number): string {
  return formatExactSize(Math.ceil(bytes / 1024 ** 2) * 1024 ** 2);
}

function downwards(bytes: number): string {
  return formatExactSize(Math.floor(bytes / 1024 ** 2) * 1024 ** 2);
}
