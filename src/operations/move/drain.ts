import type { Cluster } from "../../cluster/cluster.ts";
import { UserError } from "../../errors.ts";
import { isActive } from "../../libvirt/domains.ts";
import { NodeError } from "../../node/failure.ts";
import type { Neighbours } from "../base-images.ts";
import { readNeighbours } from "../delete/neighbours.ts";
import { type FoundGuest, findGuests } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import type { NodeAnswer } from "../list.ts";
import { isLook, lookAtGuests } from "../look-at-guests.ts";
import { findCandidates } from "../place.ts";
import { type Candidate, judge, withGuest } from "../placement.ts";
import { silentNode } from "../silent-node.ts";
import { type EarlyLooks, type LikelyMove, lookEarly } from "./early-looks.ts";
import { homeOf } from "./home-mark.ts";
import type { HowToPrepare, PreparedMove } from "./prepare-move.ts";
import { askedOnce } from "./target-questions.ts";
import type { RoomNeed } from "./target-room.ts";

/** A guest that can go nowhere, and why. */
export interface StuckGuest {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  readonly to: string | null;
  readonly why: string;
  readonly hint: string | null;
}

/** Moves that are prepared, one by one. */
export interface PreparedMoves {
  readonly verb: "drain" | "undrain";
  readonly node: string;
  readonly moves: readonly PreparedMove[];
  readonly stuck: readonly StuckGuest[];
  readonly nodes: readonly NodeAnswer[];
}

/** Where the running guests of a node would go. Throws UserError as `findGuests` does. */
export async function prepareDrain(cluster: Cluster, from: string, signal?: AbortSignal): Promise<PreparedMoves> {
  const { name } = cluster.node(from);
  const { guests } = await findGuests(cluster, ["*"], { nodes: [name], signal }).catch(emptyNode);
  const running = guests.filter(({ state }) => state !== null && isActive(state));
  const { moves, stuck, nodes } = await prepareAway(cluster, running, { closed: [name], signal });
  return { verb: "drain", node: name, nodes, moves, stuck };
}

/**
 * Where guests would go: each to the node with the most room that can take it, as `place` counts, the guests before it
 * counted.
 * @param closed nodes that take none
 */
export async function prepareAway(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  { closed, signal }: { readonly closed: readonly string[]; readonly signal: AbortSignal | undefined },
): Promise<Pick<PreparedMoves, "moves" | "stuck" | "nodes">> {
  const others = cluster.nodes.map(({ name }) => name).filter((name) => !closed.includes(name));
  const none = { candidates: [], nodes: [] };
  const { candidates, nodes } = others.length === 0 ? none : await findCandidates(cluster, { nodes: others, signal });
  return { nodes, ...(await prepareEach(cluster, guests, candidates, { nodes, signal })) };
}

/**
 * The way back of every guest that was drained from a node, wherever it is now. Throws UserError as `findGuests` does, and
 * exit 5 where the node does not answer.
 */
export async function prepareUndrain(cluster: Cluster, to: string, signal?: AbortSignal): Promise<PreparedMoves> {
  const home = cluster.node(to);
  const { candidates, nodes } = await findCandidates(cluster, { nodes: [to], signal });
  if (candidates.length === 0) throw silentNode(to, nodes);
  const found = await findGuests(cluster, "all", { signal });
  const away = found.guests.filter(({ node }) => node !== home);
  const look = await lookAtGuests(cluster, away, signal);
  const own = away.filter((guest) => {
    const seen = look(guest);
    return isLook(seen) && homeOf(seen.details) === to;
  });
  // a weight of 0 keeps new guests away, and these are its own
  const open = candidates.map((one) => ({ ...one, weight: 1 }));
  const prepared = await prepareEach(cluster, own, open, { nodes: found.nodes, signal });
  return { verb: "undrain", node: to, nodes: found.nodes, ...prepared };
}

/** A node without guests is drained already. */
function emptyNode(error: unknown): { readonly guests: readonly FoundGuest[] } {
  if (error instanceof UserError && error.exitCode === 4) return { guests: [] };
  throw error;
}

async function prepareEach(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  candidates: readonly Candidate[],
  how: Pick<HowToPrepare, "nodes" | "signal">,
): Promise<Pick<PreparedMoves, "moves" | "stuck">> {
  let all: Promise<Neighbours> | undefined;
  const readAll = () => {
    all ??= readNeighbours(cluster, how.signal);
    return all;
  };
  const open = candidates.map((one) => ({ ...one, facts: { ...one.facts, networkActive: true } }));
  const early = lookEarly(cluster, likelyMoves(guests, open), { ...how, readAll, questions: askedOnce() });
  try {
    return await decideEach(guests, open, early, how.signal);
  } finally {
    await early.end();
  }
}

/** Where guests go one after another, by what is known before any is looked at closely. */
function likelyMoves(guests: readonly FoundGuest[], candidates: readonly Candidate[]): LikelyMove[] {
  let left = candidates;
  return guests.flatMap((guest) => {
    const { able } = byScore(guest, left);
    const [node] = able;
    if (node === undefined) return [];
    left = withMove(left, node, guest);
    return [{ guest, node }];
  });
}

async function decideEach(
  guests: readonly FoundGuest[],
  candidates: readonly Candidate[],
  early: EarlyLooks,
  signal: AbortSignal | undefined,
): Promise<Pick<PreparedMoves, "moves" | "stuck">> {
  const moves: PreparedMove[] = [];
  const stuck: StuckGuest[] = [];
  let left = candidates;
  for (const guest of guests) {
    const promised = (to: string) => moves.flatMap(({ plan, copied }) => (plan.node === to ? copied : []));
    const found = await firstThatCan(guest, left, { early, promised, signal });
    early.over(guest);
    if ("why" in found) stuck.push(found);
    else {
      moves.push(found);
      left = withMove(left, found.plan.node, guest);
    }
  }
  return { moves, stuck };
}

function withMove(candidates: readonly Candidate[], node: string, guest: FoundGuest): readonly Candidate[] {
  return candidates.map((one) => (one.node === node ? withGuest(one, demandOf(guest)) : one));
}

/** Nodes with room for a guest, the best first, and why the others have none. */
function byScore(guest: FoundGuest, candidates: readonly Candidate[]) {
  const fits = judge(candidates, demandOf(guest));
  const able = fits.flatMap(({ node, score }) => (score === null ? [] : [{ node, score }]));
  able.sort((a, b) => b.score - a.score);
  return {
    able: able.map(({ node }) => node),
    reasons: fits.flatMap(({ node, obstacles }) => obstacles.map((why) => `${node}: ${why}`)),
  };
}

/** The candidate with the highest score that a closer look finds able. */
async function firstThatCan(
  guest: FoundGuest,
  candidates: readonly Candidate[],
  how: {
    readonly early: EarlyLooks;
    /** What the guests before it bring to a node. */
    readonly promised: (node: string) => readonly RoomNeed[];
    readonly signal: AbortSignal | undefined;
  },
): Promise<PreparedMove | StuckGuest> {
  const { able, reasons } = byScore(guest, candidates);
  const hints: string[] = [];
  for (const node of able) {
    try {
      return await how.early.prepare(guest, node, how.promised(node));
    } catch (error) {
      if (how.signal?.aborted || !(error instanceof UserError || error instanceof NodeError)) throw error;
      reasons.push(error.message);
      if (error instanceof UserError && error.hint !== undefined) hints.push(error.hint);
    }
  }
  // what is so of the guest itself, every node is told
  const why = reasons.length > 0 ? [...new Set(reasons)].join("; ") : "no other node answers";
  const { node, name, uuid } = guest;
  const hint = hints.length > 0 ? [...new Set(hints)].join("\n") : `mclu status, mclu info ${guestPlace(guest)}`;
  const [only, ...others] = candidates;
  return { node: node.name, name, uuid, to: only && others.length === 0 ? only.node : null, why, hint };
}

/** Disks and networks are looked at closely by the move itself: not the node's own pool and network count. */
function demandOf({ memory, vcpus }: FoundGuest) {
  return { memory: memory ?? 0, vcpus: vcpus ?? 1, size: 0, firmware: "bios", graphics: "none" } as const;
}
