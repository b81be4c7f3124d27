import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import type { Overview } from "../libvirt/overview.ts";
import {
  holdReservation,
  listReservations,
  type Reservation,
  releaseReservation,
  reservationKey,
  reserveOnNode,
} from "../node/jobs/reservation.ts";
import { askOne } from "./ask-one.ts";
import { placeOf } from "./guest-place.ts";
import type { NodeAnswer } from "./list.ts";
import { askOverview } from "./overview.ts";
import { type PlacedReservation, refusalOf, standing } from "./standing.ts";

export type { PlacedReservation } from "./standing.ts";

export interface Wish {
  readonly node: string;
  /** Of the guest. */
  readonly name: string;
  /** Bytes. */
  readonly memory: number;
  /** Of the job that is to come: `makeJobId`. */
  readonly id: string;
  /** Nodes that may have a guest of the name: those which an image is copied from. */
  readonly besides?: readonly string[] | undefined;
}

/** What the cluster was like once the name was ours. */
export interface Reserved {
  /** For `JobSpec.reservation`, and to release it. */
  readonly key: string;
  /** Bytes that others reserved on the node before us: they are not free. */
  readonly ahead: number;
  /** Every guest of the nodes that answered, read after their reservations. */
  readonly overviews: ReadonlyMap<string, Overview>;
  readonly nodes: readonly NodeAnswer[];
}

/** Seconds that an undecided one may keep us waiting. */
const waitSeconds = 15;

/**
 * Reserves a name in the cluster and memory on a node, until the job that takes it over has ended, or for ten minutes
 * without one. Throws UserError (exit 6), with nothing changed, where the name is a guest's or somebody else's; (exit 5)
 * where the node does not answer.
 */
export async function reserve(cluster: Cluster, wish: Wish, signal?: AbortSignal): Promise<Reserved> {
  const node = cluster.node(wish.node);
  const how = signal && { signal };
  const key = reservationKey(wish.name);
  // ours alone: another one's stays
  const withdraw = () => releaseReservation(node, key, wish.id).catch(() => undefined);
  try {
    if ((await askOne(cluster, node, () => reserveOnNode(node, wish, how), signal)) === "taken") {
      const there = await askOne(cluster, node, () => listReservations(node, how), signal);
      const by = there.find((one) => one.key === key);
      throw taken(wish, by && { node: node.name, ...by });
    }
    return await settle(cluster, wish, key, signal);
  } catch (error) {
    await withdraw();
    throw error;
  }
}

async function settle(cluster: Cluster, wish: Wish, key: string, signal: AbortSignal | undefined): Promise<Reserved> {
  const node = cluster.node(wish.node);
  const deadline = performance.now() + waitSeconds * 1000;
  for (;;) {
    const { seen, overviews, nodes } = await readAll(cluster, signal);
    const mine = seen.find((one) => one.node === wish.node && one.key === key && one.id === wish.id);
    if (!mine) throw nodes.some((one) => one.node === wish.node && one.state === "on") ? taken(wish) : gone(wish);
    for (const [where, { domains }] of overviews)
      if (!wish.besides?.includes(where) && domains.some(({ name }) => name === wish.name))
        throw refused(
          `there is a guest ${where}/${wish.name}`,
          `mclu info ${placeOf({ node: where, name: wish.name })}`,
        );
    const { result, by } = standing(mine, seen);
    if (result === "lost") throw taken(wish, by);
    if (result === "won") {
      const held = await askOne(cluster, node, () => holdReservation(node, key, wish.id, signal && { signal }), signal);
      if (!held) throw taken(wish);
      const before = seen.filter((one) => one.node === wish.node && !one.stale && one.order < mine.order);
      return { key, ahead: before.reduce((sum, { memory }) => sum + memory, 0), overviews, nodes };
    }
    if (performance.now() > deadline) throw taken(wish, by);
    await sleep(200, undefined, signal && { signal });
  }
}

/** Every reservation of the nodes that answer, stale ones too. */
export async function placedReservations(
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<readonly PlacedReservation[]> {
  const outcomes = await cluster.ask(cluster.nodes, (node) => listReservations(node, { signal }), { signal });
  return outcomes.flatMap(({ node, ...outcome }) =>
    outcome.state === "on" ? outcome.value.map((reservation) => ({ node, ...reservation })) : [],
  );
}

/** Reservations first: a name that turns from reserved into a guest in between is seen as a guest. */
async function readAll(cluster: Cluster, signal: AbortSignal | undefined) {
  const how = signal && { signal };
  const outcomes = await cluster.ask(
    cluster.nodes,
    async (node) => ({
      reservations: await listReservations(node, how),
      overview: await askOverview(node, { ...how }),
    }),
    { signal },
  );
  const seen: PlacedReservation[] = [];
  const overviews = new Map<string, Overview>();
  for (const outcome of outcomes) {
    if (outcome.state !== "on") continue;
    seen.push(
      ...outcome.value.reservations.map((reservation: Reservation) => ({ node: outcome.node, ...reservation })),
    );
    overviews.set(outcome.node, outcome.value.overview);
  }
  const nodes = outcomes.map((outcome) =>
    outcome.state === "on" ? { node: outcome.node, state: "on" as const } : outcome,
  );
  return { seen, overviews, nodes };
}

function gone({ node }: Wish): UserError {
  return new UserError(`${node} no longer answers; nothing was changed`, {
    hint: `mclu status ${node}`,
    exitCode: exitCodes.unreachable,
  });
}

/** @param by who has it; undefined: somebody took it from us on our node */
function taken({ name, node }: Wish, by?: PlacedReservation): UserError {
  const { why, hint } = by
    ? refusalOf(by)
    : { why: `somebody is building a guest ${name} on ${node}`, hint: "mclu jobs" };
  return refused(`${why}; nothing was changed`, hint);
}

function refused(message: string, hint: string): UserError {
  return new UserError(message, { hint, exitCode: exitCodes.refused });
}
