import type { Cluster } from "../../cluster/cluster.ts";
import { isActive } from "../../libvirt/domains.ts";
import { askOne } from "../ask-one.ts";
import { memoryThere } from "./judge-target.ts";
import type { PreparedMove } from "./prepare-move.ts";
import { refuseObstacles } from "./refuse-obstacles.ts";
import { poolRoom, roomBeside } from "./target-room.ts";

/**
 * Looks once more, right before a guest is moved that was looked at a while ago, whether the target has the memory and the
 * room for it: others may have taken them. Throws UserError (exit 6) as the first look does, (exit 5) where the target does
 * not answer.
 */
export async function refuseNoRoom(
  cluster: Cluster,
  { plan, guest, copied, pools }: Pick<PreparedMove, "plan" | "guest" | "copied" | "pools">,
  signal: AbortSignal | undefined,
): Promise<void> {
  const target = cluster.node(plan.node);
  const live = guest.state !== null && isActive(guest.state);
  // that libvirt says what room they have was seen
  const known = new Map([...pools].map(([directory, name]) => [directory, { name, available: 0 }]));
  const beside = copied.filter(({ directory }) => !pools.has(directory));
  const look = () =>
    Promise.all([
      live ? memoryThere(guest, target, signal) : [],
      poolRoom(target, copied, [], known, signal),
      roomBeside(
        target,
        beside,
        copied.filter((need) => !beside.includes(need)),
        signal,
      ),
    ]);
  refuseObstacles(guest, plan.node, (await askOne(cluster, target, look, signal)).flat());
}
