import { type Reservation, reservationLease } from "../node/jobs/reservation.ts";

export type PlacedReservation = { readonly node: string } & Reservation;

export interface Standing {
  readonly result: "won" | "lost" | "wait";
  /** Who stands against us. */
  readonly by?: PlacedReservation;
}

/**
 * Who may have a name, from what one reader sees of all reservations; each writes its own first and reads then. Of two
 * that see each other the lower ID (time, then chance) wins. One that holds has decided when we were not there yet, and
 * one with a higher ID that has not decided may not have seen us: whether it holds or withdraws is waited for. So exactly
 * one wins, whatever the clocks of the clients say.
 */
export function standing(mine: PlacedReservation, seen: readonly PlacedReservation[]): Standing {
  const others = seen.filter(({ name, id, stale }) => name === mine.name && id !== mine.id && !stale);
  const first = others.find(({ held }) => held) ?? others.find(({ id }) => id < mine.id);
  if (first) return { result: "lost", by: first };
  const [undecided] = others;
  return undecided ? { result: "wait", by: undecided } : { result: "won" };
}

/** Why a name that is reserved cannot be had, and what to type: `jobs` shows no client that has begun none. */
export function refusalOf({ name, node, begun, age }: PlacedReservation): {
  readonly why: string;
  readonly hint: string;
} {
  if (begun) return { why: `somebody is building a guest ${name} on ${node}`, hint: "mclu jobs" };
  // the clock of a node may go back
  const left = Math.min(reservationLease, Math.max(60, reservationLease - age));
  return {
    why: `somebody has reserved the name ${name} on ${node}, and begun no job`,
    hint: `type it again in a moment, or in ${Math.ceil(left / 60)} min: a client that was killed keeps it no longer`,
  };
}
