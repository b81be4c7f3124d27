import type { Cluster } from "../cluster/cluster.ts";
import type { NodeOutcome } from "../cluster/fan-out.ts";
import { networksQuery } from "../libvirt/address-query.ts";
import type { DomainDetails } from "../libvirt/domain-details.ts";
import { type GuestFacts, guestFactsQuery } from "../libvirt/guest-facts.ts";
import { combine } from "../libvirt/query.ts";
import type { StorageFacts } from "../libvirt/storage-query.ts";
import type { AskOptions, Node } from "../node/node.ts";
import { type AddressBook, addressesOf, addressQuery, askAgents, hasAgent } from "./addresses.ts";
import { type FoundGuest, findGuests } from "./find-guest.ts";
import { readDetails } from "./guest-details.ts";
import { type GuestInfo, toGuestInfo } from "./guest-info.ts";
import type { NodeAnswer } from "./list.ts";

export interface InfoReport {
  readonly guests: readonly GuestInfo[];
  readonly nodes: readonly NodeAnswer[];
  /** What a node said and mclu did not understand. */
  readonly warnings: readonly string[];
}

export interface InfoOptions {
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with all that is known before guests' agents are asked. */
  readonly onProgress?: ((report: InfoReport) => void) | undefined;
}

/** Everything about some guests. Throws UserError as `findGuests` does. */
export async function info(
  cluster: Cluster,
  selectors: readonly string[],
  options: InfoOptions = {},
): Promise<InfoReport> {
  const { signal } = options;
  const found = await findGuests(cluster, selectors, options);
  const nodes = [...new Set(found.guests.map(({ node }) => node))];
  const settled = new Map<string, NodeOutcome<NodeLook>>();
  const report = () => toReport(found.nodes, settled);
  await cluster.ask(
    nodes,
    async (node) => {
      const guests = found.guests.filter((guest) => guest.node === node);
      const look = await lookAt(node, guests, { signal });
      if (!look.guests.some(hasAgent)) return look;
      settled.set(node.name, { node: node.name, state: "on", value: look });
      options.onProgress?.(report());
      return { ...look, book: { ...look.book, agents: await askAgents(node, look.guests, { signal }) } };
    },
    { signal, onSettled: (outcome) => settled.set(outcome.node, outcome) },
  );
  return report();
}

/** What is known of a guest, before it is put together. */
interface GuestLook {
  readonly uuid: string;
  readonly name: string;
  readonly state: GuestFacts["state"];
  readonly details: DomainDetails | null;
  readonly facts: GuestFacts;
  readonly read: { readonly details: DomainDetails; readonly storage: StorageFacts } | { readonly problem: string };
}

interface NodeLook {
  readonly guests: readonly GuestLook[];
  readonly book: AddressBook;
}

async function lookAt(node: Node, guests: readonly FoundGuest[], options: AskOptions): Promise<NodeLook> {
  const [facts, networks] = await askFacts(node, guests, options);
  const read = await Promise.all(facts.map(({ xml }) => readDetails(xml)));
  const { storageQuery, storageSeconds } = await import("../libvirt/storage-query.ts");
  const legible = guests.flatMap(({ uuid }, index) => {
    const { details } = read[index] ?? { details: null };
    return details ? [{ uuid, disks: details.disks, snapshots: facts[index]?.snapshots ?? [] }] : [];
  });
  const subjects = guests.map(({ uuid }, index) => {
    return { uuid, state: facts[index]?.state ?? null, details: read[index]?.details ?? null };
  });
  const { readFileKinds } = await import("./read-storage.ts");
  const kinds = await readFileKinds(node, legible, options);
  const questions = combine(storageQuery(legible, kinds), addressQuery(node, subjects, networks));
  const seconds = Math.max(storageSeconds(legible), node.settings.readTimeout);
  const [storage, known] = await node.ask(questions, { ...options, seconds });
  const looks = guests.flatMap(({ uuid, name }, index): GuestLook[] => {
    const [own, seen] = [facts[index], read[index]];
    if (!own || !seen) return [];
    const stored = storage[legible.findIndex((subject) => subject.uuid === uuid)];
    const whole = seen.details && stored ? { details: seen.details, storage: stored } : { problem: seen.problem ?? "" };
    return [{ uuid, name, state: own.state, details: seen.details, facts: own, read: whole }];
  });
  return { guests: looks, book: { known, agents: null } };
}

async function askFacts(node: Node, guests: readonly FoundGuest[], options: AskOptions) {
  const uuids = guests.map(({ uuid }) => uuid);
  const ask = (nowait: boolean) => node.ask(combine(guestFactsQuery(uuids, nowait), networksQuery), options);
  const [facts, networks] = await ask(true);
  if (facts) return [facts, networks] as const;
  const [slower] = await ask(false);
  if (!slower) throw new Error("facts without --nowait are never refused");
  return [slower, networks] as const;
}

function toReport(nodes: readonly NodeAnswer[], settled: ReadonlyMap<string, NodeOutcome<NodeLook>>): InfoReport {
  const looks = [...settled.values()].flatMap((outcome) => (outcome.state === "on" ? [outcome] : []));
  const inOrder = nodes.flatMap(({ node }) => looks.filter((look) => look.node === node));
  return {
    guests: inOrder.flatMap(({ node, value: { guests, book } }) =>
      guests.map((guest) => {
        const { uuid, name, facts, read } = guest;
        return toGuestInfo({ node, name, uuid }, facts, read, addressesOf(guest, book));
      }),
    ),
    nodes: nodes.map((answer) => {
      const outcome = settled.get(answer.node);
      return outcome && outcome.state !== "on" ? outcome : answer;
    }),
    warnings: inOrder.flatMap(({ node, value }) => value.book.known.problems.map((problem) => `${node}: ${problem}`)),
  };
}
