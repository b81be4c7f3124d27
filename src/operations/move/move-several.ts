import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import { NodeError } from "../../node/failure.ts";
import type { FollowEvent } from "../../node/jobs/follow.ts";
import { createSlots } from "../../node/slots.ts";
import type { PreparedMoves, StuckGuest } from "./drain.ts";
import { homeAction } from "./home-mark.ts";
import { attemptMove, type MoveOptions, moveGuest } from "./move.ts";
import type { MoveReport, MoveResult } from "./move-report.ts";
import { noteMark } from "./note-mark.ts";
import type { PreparedMove } from "./prepare-move.ts";

/** Moves at once: each takes what the network gives. */
const parallelMoves = 2;

export interface MoveSeveralOptions extends Pick<MoveOptions, "client" | "signal"> {
  readonly onEvent?: ((guest: PreparedMove, event: FollowEvent) => void) | undefined;
}

/** Moves guests, two at a time; what happens to one stops no other. A drained guest has its home in its metadata. */
export async function moveSeveral(
  cluster: Cluster,
  { verb, node, moves, stuck }: PreparedMoves,
  { client, signal, onEvent }: MoveSeveralOptions,
): Promise<MoveReport> {
  const slots = createSlots(parallelMoves);
  const underWay = new Set<PreparedMove>();
  const move = async (prepared: PreparedMove): Promise<MoveReport> => {
    const earlier = [...underWay];
    const before = () => earlier.filter((other) => underWay.has(other));
    const how = { client, signal, later: true, before, onEvent: (event: FollowEvent) => onEvent?.(prepared, event) };
    underWay.add(prepared);
    try {
      return await (verb === "drain" ? moveAway(cluster, prepared, node, how) : moveGuest(cluster, prepared, how));
    } finally {
      underWay.delete(prepared);
    }
  };
  const one = async (prepared: PreparedMove): Promise<MoveReport> => {
    try {
      return await slots.use(() => move(prepared), signal);
    } catch (error) {
      return { results: [resultOfError(prepared, error, signal)], warnings: [] };
    }
  };
  const reports = await Promise.all(moves.map(one));
  return {
    results: [...reports.flatMap(({ results }) => results), ...stuck.map(resultOfStuck)],
    warnings: reports.flatMap(({ warnings }) => warnings),
  };
}

/**
 * The note goes with the guest; one that stays is at home, unless its job may go on. A guest that was drained before has its home already, unless that
 * is no node any more.
 */
async function moveAway(cluster: Cluster, prepared: PreparedMove, home: string, how: MoveOptions): Promise<MoveReport> {
  const { guest } = prepared;
  if (cluster.nodes.some(({ name }) => name === prepared.home)) return moveGuest(cluster, prepared, how);
  const { uuid, name } = guest;
  const note = (value: string | null) => ({ uuid, name, actions: [homeAction(guest, value)] });
  const forget = () => guest.node.change(note(null)).catch(() => undefined);
  await noteMark(guest.node, note(home), "its home");
  try {
    const { results, warnings, mayGoOn } = await attemptMove(cluster, prepared, how);
    if (results[0]?.outcome === "stayed" && !mayGoOn) await forget();
    return { results, warnings };
  } catch (error) {
    await forget();
    throw error;
  }
}

function resultOfStuck({ node, name, uuid, to, why, hint }: StuckGuest): MoveResult {
  return {
    ...{ name, uuid, from: node, to: to ?? "-", node, state: null, outcome: "stayed", job: null, kept: [], seconds: 0 },
    ...{ detail: why, hint, exitCode: exitCodes.refused },
  };
}

/** Rethrows what is a bug. */
function resultOfError({ plan }: PreparedMove, error: unknown, signal: AbortSignal | undefined): MoveResult {
  const { guest, node } = plan;
  const common = { name: guest.name, uuid: guest.uuid, from: guest.node, to: node, state: null, job: null, kept: [] };
  const nobody = { ...common, seconds: 0, node: guest.node, outcome: "stayed" } as const;
  if (signal?.aborted) return { ...nobody, detail: "interrupted", hint: null, exitCode: exitCodes.interrupted };
  if (error instanceof UserError) {
    const { message, hint = null, exitCode } = error;
    return { ...nobody, detail: message, hint, exitCode };
  }
  if (!(error instanceof NodeError)) throw error;
  const hint = `once it answers: mclu jobs list ${guest.node}, mclu list`;
  return { ...nobody, node: null, outcome: "unknown", detail: error.message, hint, exitCode: exitCodes.unreachable };
}
