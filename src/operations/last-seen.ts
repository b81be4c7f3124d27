import { currentAccount } from "../account.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { NodeOutcome } from "../cluster/fan-out.ts";
import { isActive } from "../libvirt/domains.ts";
import type { Overview } from "../libvirt/overview.ts";
import { readLastSeen, type SeenNode, writeLastSeen } from "../state/last-seen.ts";

/** Remembers what nodes have, for the time when one of them does not answer. Never rejects. */
export async function rememberGuests(cluster: Cluster, outcomes: readonly NodeOutcome<Overview>[]): Promise<void> {
  const at = Math.floor(Date.now() / 1000);
  const seen = outcomes.flatMap((outcome) => {
    if (outcome.state !== "on") return [];
    const guests = outcome.value.domains.map(({ uuid, name, state }) => ({
      uuid,
      name,
      // of a guest whose state nobody knows the worse is remembered
      active: state === null || isActive(state),
    }));
    return [{ node: outcome.node, at, guests }];
  });
  await writeLastSeen(cluster.directories.cache, keyOf(cluster), currentAccount().uid, seen);
}

/** What the nodes of this cluster had when they last answered. */
export function recallGuests(cluster: Cluster): readonly SeenNode[] {
  return readLastSeen(cluster.directories.cache, keyOf(cluster), currentAccount().uid);
}

function keyOf({ config }: Cluster): string {
  return config.source ?? "";
}
