import type { Cluster } from "../../cluster/cluster.ts";
import type { NodeOutcome } from "../../cluster/fan-out.ts";
import { exitCodes, UserError } from "../../errors.ts";
import { isActive } from "../../libvirt/domains.ts";
import type { GuestLook } from "../../libvirt/guest-look.ts";
import { chooseGuests, type GuestChoice } from "../choose-guests.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import { isLook, lookAtGuests } from "../look-at-guests.ts";
import { markedBases } from "../marked-bases.ts";
import { findOverlays, refuseBase } from "../overlays.ts";
import { type Decision, makePlan, type Plan, refusal } from "../plan.ts";
import { refuseProtected } from "../protection.ts";
import { type PlacedReservation, placedReservations } from "../reserve.ts";
import { type CutMove, readCutMoves, repairOf } from "./cut-moves.ts";
import { decideDelete } from "./decide.ts";
import { gatherEvidence } from "./gather.ts";
import { type Neighbour, readNeighbours } from "./neighbours.ts";

export interface DeleteOptions {
  /** Power off a guest that runs. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What `delete` will do: the guest, and those of its disks that nothing else can want. Throws UserError as `chooseGuests`
 * does with a strict choice; exit 2 for --all.
 */
export async function planDelete(
  cluster: Cluster,
  choice: GuestChoice,
  { force = false, signal }: DeleteOptions = {},
): Promise<Plan> {
  if (choice.all) throw new UserError("delete knows no --all", { hint: "name the guests", exitCode: exitCodes.usage });
  const found = await chooseGuests(cluster, choice, { strict: true, signal });
  const look = await lookAtGuests(cluster, found.guests, signal);
  const looks = found.guests.flatMap((guest) => {
    const seen = look(guest);
    return isLook(seen) && refuse(guest, seen, force) === undefined ? [{ guest, look: seen }] : [];
  });
  const guests = looks.map(({ guest }) => guest);
  // of any other guest a disk that something is based on is kept
  const overlaysOf = await findOverlays(cluster, await markedBases(cluster, guests, signal), signal);
  const [neighbours, busy, cut] =
    looks.length === 0
      ? [[], [], []]
      : await Promise.all([
          readNeighbours(cluster, signal),
          readBusy(cluster, signal),
          readCutMoves(
            cluster,
            found.guests.map(({ uuid }) => uuid),
            signal,
          ),
        ]);
  const targetsOf = (name: string) =>
    looks.flatMap(({ guest: { node, uuid }, look }) =>
      node.name === name ? [{ uuid, details: [look.details, look.next] }] : [],
    );
  const targets = new Map(looks.map(({ guest: { node } }) => [node.name, targetsOf(node.name)]));
  const evidence = await gatherEvidence(cluster, targets, neighbours, signal);
  const plan = makePlan({ verb: "delete", asks: true }, found, (guest) => {
    const seen = look(guest);
    if (!isLook(seen)) return seen;
    const job = busy.find(({ name }) => name === guest.name);
    if (job) return refusal(`a job has its name on ${job.node}: a build, a copy or a move`, "mclu jobs");
    // where nobody can tell, its disks are kept
    const { names } = overlaysOf(guest);
    if (names.length > 0) return refuseBase(guest.node, names);
    const own = evidence.get(guest.node.name);
    const neighbour = everyone(neighbours).find(({ node, uuid }) => node === guest.node.name && uuid === guest.uuid);
    const refused = refuse(guest, seen, force);
    if (refused) return refused;
    const move = cut.find(({ uuid }) => uuid === guest.uuid);
    if (move && !force) return refusal(wordOf(move), `${repairOf(move)}; or --force leaves what it made`);
    const decision = own && neighbour ? decideDelete(guest, seen, neighbour, own) : silent(guest);
    return move && decision.verdict === "change"
      ? {
          ...decision,
          notes: [...decision.notes, `${wordOf(move)}: what it made there stays; before: ${repairOf(move)}`],
        }
      : decision;
  });
  // every node was asked by now, not only those that the names are looked up in
  const nodes = neighbours.map((one) => (one.state === "on" ? { node: one.node, state: one.state } : one));
  return nodes.length === 0 ? plan : { ...plan, nodes };
}

function refuse(guest: FoundGuest, look: GuestLook, force: boolean): Decision | undefined {
  if (look.protected) return refuseProtected(guest);
  if (force || (guest.state !== null && !isActive(guest.state))) return undefined;
  const place = guestPlace(guest);
  return refusal(
    `it is ${guest.state ?? "in no known state"}`,
    `mclu stop ${place}, or power it off and delete it: mclu delete --force ${place}`,
  );
}

/** The names that jobs have for themselves: a guest that moves is on two nodes, and its disks are the job's to remove. */
async function readBusy(cluster: Cluster, signal: AbortSignal | undefined): Promise<readonly PlacedReservation[]> {
  const all = await placedReservations(cluster, signal);
  return all.filter(({ begun, stale }) => begun && !stale);
}

function wordOf({ from, to }: CutMove): string {
  return `its move from ${from} to ${to} was cut off`;
}

function silent({ node }: FoundGuest): Decision {
  return refusal("its node gave no answer about the disks", `mclu status ${node.name}`);
}

function everyone(outcomes: readonly NodeOutcome<readonly Neighbour[]>[]): readonly Neighbour[] {
  return outcomes.flatMap((outcome) => (outcome.state === "on" ? outcome.value : []));
}
