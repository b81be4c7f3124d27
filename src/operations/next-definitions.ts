import { domainXmlQuery } from "../libvirt/domain-query.ts";
import type { Node } from "../node/node.ts";
import type { FoundGuest } from "./find-guest.ts";

/** The XML that guests of a node start with next, by UUID; guests that are gone are not in it. */
export type NextDefinitions = (node: Node, guests: readonly FoundGuest[]) => Promise<ReadonlyMap<string, string>>;

/** For several that want to know of the same guests: a node is asked once, about those that it was first asked about. */
export function nextDefinitions(signal: AbortSignal | undefined): NextDefinitions {
  const asked = new Map<Node, ReturnType<NextDefinitions>>();
  return (node, guests) => {
    const uuids = guests.map(({ uuid }) => uuid);
    const answer = asked.get(node) ?? node.ask(domainXmlQuery(uuids, true), { signal, patient: true });
    asked.set(node, answer);
    return answer;
  };
}
