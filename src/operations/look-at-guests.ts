import type { Cluster } from "../cluster/cluster.ts";
import { type GuestLook, guestLookQuery } from "../libvirt/guest-look.ts";
import type { FoundGuest } from "./find-guest.ts";
import { type Decision, refusal } from "./plan.ts";

/** Looks at guests before they are changed, all nodes at once. Gives for each what was found, or why nothing may be done. */
export async function lookAtGuests(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => GuestLook | Decision> {
  const nodes = cluster.nodes.filter((node) => guests.some((guest) => guest.node === node));
  const ofNode = (name: string) => guests.filter(({ node }) => node.name === name).map(({ uuid }) => uuid);
  const outcomes = await cluster.ask(
    nodes,
    async (node) => {
      const uuids = ofNode(node.name);
      const looks = await node.ask(guestLookQuery(uuids), { signal, patient: true });
      return new Map(uuids.map((uuid, index) => [uuid, looks[index] ?? null]));
    },
    { signal },
  );
  return ({ node, uuid }) => {
    const outcome = outcomes.find((one) => one.node === node.name);
    if (outcome?.state !== "on") {
      const hint = outcome?.state === "failed" ? outcome.hint : `mclu status ${node.name}`;
      return refusal(`its node no longer answers: ${outcome?.detail ?? "it was not asked"}`, hint);
    }
    return outcome.value.get(uuid) ?? refusal("libvirt cannot show what it is", `mclu info ${uuid}`);
  };
}

export function isLook(found: GuestLook | Decision): found is GuestLook {
  return "details" in found;
}
