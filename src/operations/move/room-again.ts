import type { Cluster } from "../../cluster/cluster.ts";
import { allocatedQuery } from "../../libvirt/allocated-query.ts";
import { isActive } from "../../libvirt/domains.ts";
import type { Node } from "../../node/node.ts";
import { askOne } from "../ask-one.ts";
import { memoryThere } from "./judge-target.ts";
import type { PreparedMove } from "./prepare-move.ts";
import { refuseObstacles } from "./refuse-obstacles.ts";
import { poolRoom, type RoomNeed, roomBeside } from "./target-room.ts";

/** A move, as far as others have to reckon with it. */
export type MoveUnderWay = Pick<PreparedMove, "plan" | "guest" | "copied">;

/**
 * Looks once more, right before a guest is moved that was looked at a while ago, whether the target has the memory and the
 * room for it: others may have taken them. Throws UserError (exit 6) as the first look does, (exit 5) where the target does
 * not answer.
 * @param before moves that have begun: what they bring to the target is counted, as far as it is not there yet
 */
export async function refuseNoRoom(
  cluster: Cluster,
  { plan, guest, copied, pools }: Pick<PreparedMove, "plan" | "guest" | "copied" | "pools">,
  signal: AbortSignal | undefined,
  before: readonly MoveUnderWay[] = [],
): Promise<void> {
  const target = cluster.node(plan.node);
  const live = guest.state !== null && isActive(guest.state);
  const others = before.filter((one) => one.plan.node === plan.node);
  const running = others.flatMap((one) => (one.plan.how === "live" ? [one.guest] : []));
  // that libvirt says what room they have was seen
  const known = new Map([...pools].map(([directory, name]) => [directory, { name, available: 0 }]));
  const beside = copied.filter(({ directory }) => !pools.has(directory));
  const look = async () => {
    // before what is free: what comes in between counts twice, and not never
    const coming = await stillComing(target, others, signal);
    const taken = [...copied.filter((need) => !beside.includes(need)), ...coming];
    return Promise.all([
      live ? memoryThere(guest, target, running, signal) : [],
      poolRoom(target, copied, coming, known, signal),
      roomBeside(target, beside, taken, signal),
    ]);
  };
  refuseObstacles(guest, plan.node, (await askOne(cluster, target, look, signal)).flat());
}

/** What these moves bring to the target, save what is there already. Rejects with NodeError. */
async function stillComing(
  target: Node,
  moves: readonly MoveUnderWay[],
  signal: AbortSignal | undefined,
): Promise<readonly RoomNeed[]> {
  const needs = moves.flatMap(({ copied }) => copied);
  const paths = needs.map(({ path = "" }) => path);
  const there = await target.ask(allocatedQuery(paths), { signal, patient: true });
  return needs.map((need, index) => ({ ...need, size: Math.max(0, need.size - (there[index] ?? 0)) }));
}
