import { roomQuery } from "../../libvirt/room-query.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { formatExactSize } from "../../size.ts";
import type { Obstacle } from "./move-plan.ts";

/** Bytes that come into a directory. */
export interface RoomNeed {
  readonly directory: string;
  readonly size: number;
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
    const wanted = here.reduce((sum, { size }) => sum + size, 0);
    const free = rooms.find((room) => room.device === device)?.free ?? 0;
    if (free >= wanted) return [];
    const mib = (bytes: number) => formatExactSize(Math.ceil(bytes / 1024 ** 2) * 1024 ** 2);
    return [
      {
        why: `${here[0]?.directory} of ${node.name}: ${mib(wanted)} wanted, ${formatExactSize(Math.floor(free / 1024 ** 2) * 1024 ** 2)} free`,
        fix: `mclu gc ${quote(node.name)}, or mclu status --wide`,
      },
    ];
  });
}
