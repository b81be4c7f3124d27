import { currentAccount } from "../account.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { NodeOutcome } from "../cluster/fan-out.ts";
import type { CurrentState } from "../libvirt/change.ts";
import { isActive } from "../libvirt/domains.ts";
import type { DomainOverview, Overview } from "../libvirt/overview.ts";
import { readLastSeen, type SeenGuest, type SeenNode, writeLastSeen } from "../state/last-seen.ts";
import type { ChangeOutcome } from "./change-report.ts";
import type { ChangeTarget } from "./plan.ts";

/** Remembers what nodes have, for the time when one of them does not answer. Never throws. */
export function rememberGuests(cluster: Cluster, outcomes: readonly NodeOutcome<Overview>[]): void {
  const at = Math.floor(Date.now() / 1000);
  const seen = outcomes.flatMap((outcome) =>
    outcome.state === "on" ? [{ node: outcome.node, at, guests: outcome.value.domains.map(seenGuest) }] : [],
  );
  rememberNodes(cluster, seen);
}

/** What is remembered of a guest: where nobody knows its state, the worse. */
export function seenGuest({ uuid, name, state }: Pick<DomainOverview, "uuid" | "name" | "state">): SeenGuest {
  const how = { ...(isResumable(state) && { paused: true }), ...(state === "crashed" && { crashed: true }) };
  return { uuid, name, active: state === null || isActive(state), ...how };
}

function isResumable(state: CurrentState): boolean {
  return state === "paused" || state === "pmsuspended";
}

/** Remembers what these nodes have; one call after the other. Never throws. */
export function rememberNodes(cluster: Cluster, seen: readonly SeenNode[]): void {
  writeLastSeen(cluster.directories.cache, keyOf(cluster), currentAccount().uid, seen);
}

/** Remembers what a change has made of guests: whoever starts one elsewhere a moment later is to know. Never throws. */
export function rememberChanges(
  cluster: Cluster,
  changes: readonly { readonly target: ChangeTarget; readonly outcome: ChangeOutcome }[],
): void {
  const at = Math.floor(Date.now() / 1000);
  const seen = recallGuests(cluster).flatMap((node) => {
    const own = changes.filter(({ target }) => target.node === node.node);
    if (own.length === 0) return [];
    const guests = node.guests.flatMap((guest) => {
      const change = own.find(({ target }) => target.uuid === guest.uuid);
      return change ? afterwards(guest, change.target, change.outcome) : [guest];
    });
    return [{ ...node, at, guests }];
  });
  rememberNodes(cluster, seen);
}

/** A guest of which nobody knows whether it runs counts as one that does. */
function afterwards(guest: SeenGuest, { goal }: ChangeTarget, outcome: ChangeOutcome): readonly SeenGuest[] {
  const starts = goal.some((state) => state !== null && state !== "gone" && isActive(state));
  if (outcome === "unknown") return [{ ...guest, active: guest.active || starts }];
  if (outcome !== "done" || goal.length === 0) return [guest];
  if (goal.every((state) => state === "gone")) return [];
  const { uuid, name } = guest;
  return [{ uuid, name, active: starts, ...(goal.some(isResumable) && { paused: true }) }];
}

/** What the nodes of this cluster had when they last answered. */
export function recallGuests(cluster: Cluster): readonly SeenNode[] {
  return readLastSeen(cluster.directories.cache, keyOf(cluster), currentAccount().uid);
}

/** Which cluster it is in what is remembered of several. */
export function keyOf({ config }: Cluster): string {
  return config.path ?? "";
}
