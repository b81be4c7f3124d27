import type { Cluster } from "../cluster/cluster.ts";
import { virshSteps, virshTexts } from "../libvirt/domain-query.ts";
import type { Query } from "../libvirt/query.ts";
import { askOfGuests } from "./ask-of-guests.ts";
import { baseMark } from "./base-mark.ts";
import type { FoundGuest } from "./find-guest.ts";

/** Which of these guests are marked as the base of linked clones; in their order. */
export function marksQuery(uuids: readonly string[]): Query<readonly boolean[]> {
  const steps = virshSteps(uuids.map((uuid) => ["metadata", uuid, "--uri", baseMark.namespace, "--config"]));
  return { steps, parse: (answers) => virshTexts(steps, answers).map((text) => text !== "") };
}

/**
 * Those of the guests that `clone --linked` has marked: one question to each node, where reading every image of a node
 * would take seconds. A guest whose node does not answer is not among them.
 */
export async function markedBases<Guest extends FoundGuest>(
  cluster: Cluster,
  guests: readonly Guest[],
  signal: AbortSignal | undefined,
): Promise<readonly Guest[]> {
  const marked = await askOfGuests(
    cluster,
    guests,
    (node, own) => node.ask(marksQuery(own.map(({ uuid }) => uuid)), { signal, patient: true }),
    signal,
  );
  return guests.filter((guest) => marked(guest) === true);
}
