import type { PlacedReservation } from "../../src/operations/standing.ts";

/** A reservation of web1 by a job that has begun, unless more is said. */
export function reservation(id: string, more: Partial<PlacedReservation> = {}): PlacedReservation {
  const usual = {
    node: id,
    key: "k",
    name: "web1",
    memory: 1,
    order: 1,
    age: 0,
    held: false,
    begun: true,
    stale: false,
  };
  return { ...usual, id, ...more };
}
