import { refused } from "../build-refusals.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import type { Obstacle } from "./move-plan.ts";

/** Throws UserError (exit 6) with all that stands against a guest on a node, if anything does. */
export function refuseObstacles(guest: FoundGuest, to: string, obstacles: readonly Obstacle[]): void {
  if (obstacles.length === 0) return;
  throw refused(
    `${to} cannot take ${guestPlace(guest)}: ${obstacles.map(({ why }) => why).join("; ")}`,
    [...new Set(obstacles.map(({ fix }) => fix))].join("\n"),
  );
}
