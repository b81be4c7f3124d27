import type { Cluster } from "../../cluster/cluster.ts";
import { quote } from "../../node/shell.ts";
import type { Network } from "../../values.ts";
import { refused, refuseSeen, refuseSilent, refuseTaken, type Wish } from "../build-refusals.ts";
import type { Candidates } from "../place.ts";
import type { Demand } from "../placement.ts";
import type { Source } from "./source.ts";

/** Throws UserError (exit 6) for a name that is a guest's, or may be one's. */
export function refuseNames(cluster: Cluster, wishes: readonly Wish[], found: Candidates, force: boolean): void {
  refuseTaken(wishes, found);
  if (force) return;
  refuseSilent(wishes, found.nodes);
  refuseSeen(cluster, wishes, found.nodes);
}

/** What a clone needs of its node. Throws UserError (exit 6) where nobody knows. */
export function demandOf({ details, disks }: Source, linked: boolean): Demand {
  const { maximum } = details.memory;
  if (maximum === null)
    throw refused(`how much memory ${details.name} has is not known`, `mclu xml ${quote(details.name)}`);
  const size = linked ? 0 : disks.reduce((sum, disk) => sum + disk.size, 0);
  const firmware = details.firmware === "efi" ? "uefi" : "bios";
  return { memory: maximum, vcpus: details.vcpus.maximum ?? 1, size, firmware, graphics: "none" };
}

/** What its first card is on; null: nothing that a node may lack. */
export function networkOf({ details }: Source): Network | null {
  const card = details.interfaces.find(({ type }) => type === "network" || type === "bridge");
  if (!card || card.source === null) return null;
  return { kind: card.type === "bridge" ? "bridge" : "network", name: card.source };
}

/** For a guest that wants none. */
export function withoutNetwork(found: Candidates): Candidates {
  const candidates = found.candidates.map((each) => ({ ...each, facts: { ...each.facts, networkActive: true } }));
  return { ...found, candidates };
}
