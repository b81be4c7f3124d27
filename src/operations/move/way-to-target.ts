import type { Node } from "../../node/node.ts";
import { canListen } from "../../node/relayed-socket.ts";
import { closedPorts } from "./closed-ports.ts";
import type { Obstacle } from "./move-plan.ts";
import { type ControlRefusal, controlRefusal, controlUri, dataAddress } from "./reach-target.ts";

/** How a source reaches a target. */
export interface WayToTarget {
  /** libvirt's URI of the target as the source calls it; null: through this machine. */
  readonly control: string | null;
  /** Where a running guest's memory goes. */
  readonly data: string | null;
  readonly obstacles: readonly Obstacle[];
  readonly notes: readonly string[];
}

/** How the source reaches the target: its libvirt over ssh, and the ports that memory goes to. Rejects with NodeError. */
export async function reachTarget(
  source: Node,
  target: Node,
  live: boolean,
  signal: AbortSignal | undefined,
): Promise<WayToTarget> {
  const control = controlUri(target);
  const [refusal, data, mayRelay] = await Promise.all([
    controlRefusal(source, target, signal),
    live ? dataAddress(source, target, signal) : null,
    canListen(source, signal),
  ]);
  if (refusal !== null && mayRelay) {
    const note = `${source.name} cannot use the libvirt of ${target.name} itself (${refusal.reason}): its calls go through this machine, which has to stay until the move is over`;
    const obstacles = await obstaclesOnTheWay({ source, target, control, refusal: null, data, live, signal });
    return { control: null, data, obstacles, notes: [note] };
  }
  const obstacles = await obstaclesOnTheWay({ source, target, control, refusal, data, live, signal });
  return { control, data, obstacles, notes: [] };
}

async function obstaclesOnTheWay(way: {
  readonly source: Node;
  readonly target: Node;
  readonly control: string;
  readonly refusal: ControlRefusal | null;
  readonly data: string | null;
  readonly live: boolean;
  readonly signal: AbortSignal | undefined;
}): Promise<Obstacle[]> {
  const { source, target, control, refusal, data, live, signal } = way;
  return [
    ...(refusal === null
      ? []
      : [{ why: `${source.name} cannot use its libvirt at ${control}: ${refusal.reason}`, fix: refusal.fix }]),
    ...(live && data === null ? [await closedPorts(source, target, signal)] : []),
  ];
}
