import type { Cluster } from "../../cluster/cluster.ts";
import type { NodeOutcome } from "../../cluster/fan-out.ts";
import { type LoadSample, loadQuery, noCounters } from "../../libvirt/load-query.ts";
import { dominfoQuery } from "../../libvirt/overview.ts";
import type { AskOptions, Node } from "../../node/node.ts";
import type { SeenGuest, SeenNode } from "../../state/last-seen.ts";
import { recallGuests, seenGuest } from "../last-seen.ts";
import type { Silence } from "../silence.ts";
import { loadBetween, type NodeLoad } from "./load.ts";

/** A node as it is now, with the guests that it has or had when it last answered. */
export type NodeNow = { readonly node: string; readonly known: readonly SeenGuest[] } & (
  | ({ readonly state: "on" /** Seconds since 1970. */; readonly seen: number } & NodeLoad)
  /** `seen`: when it last answered; null: it never has, as far as anybody here knows. */
  | ({ readonly seen: number | null } & ({ readonly state: "pending" } | Silence))
);

/** Keeps what was last heard of one node, so that the next answer becomes rates. */
export interface Observer {
  /** The node as it is known. */
  readonly now: NodeNow;
  /** Asks the node. Rejects with NodeError. */
  ask(node: Node, options: AskOptions): Promise<LoadSample>;
  /** Takes the outcome of `ask` in. */
  settle(outcome: NodeOutcome<LoadSample>): NodeNow;
}

/** The observers of a cluster's nodes, which begin with what the client remembers. */
export function observersOf(cluster: Cluster): (node: Node) => Observer {
  const remembered = new Map(recallGuests(cluster).map((seen) => [seen.node, seen]));
  const observers = new Map<string, Observer>();
  return ({ name }) => {
    const observer = observers.get(name) ?? observe(name, remembered.get(name));
    observers.set(name, observer);
    return observer;
  };
}

function observe(name: string, memory: SeenNode | undefined): Observer {
  let nowait = true;
  let before: LoadSample | null = null;
  let known: readonly SeenGuest[] = memory?.guests ?? [];
  let seen = memory?.at ?? null;
  let now: NodeNow = { node: name, seen, state: "pending", known };
  return {
    get now() {
      return now;
    },
    async ask(node, options) {
      let sample = nowait ? await node.ask(loadQuery(true), options) : null;
      nowait = sample !== null;
      sample ??= await node.ask(loadQuery(false), options);
      if (!node.settings.uri.startsWith("test:")) return sample;
      return { ...sample, guests: await withSizes(node, sample, options) };
    },
    settle(outcome) {
      if (outcome.state !== "on") {
        // who knows what was in between
        before = null;
        now = { ...outcome, seen, known };
        return now;
      }
      const { value } = outcome;
      const at = Math.floor(Date.now() / 1000);
      seen = at;
      known = value.guests.map(seenGuest);
      now = { node: name, known, state: "on", seen: at, ...loadBetween(before, value) };
      before = value;
      return now;
    },
  };
}

/** libvirt's test driver has sizes in dominfo only, and counts nothing. */
async function withSizes(node: Node, { guests }: LoadSample, options: AskOptions): Promise<LoadSample["guests"]> {
  if (guests.length === 0) return guests;
  const sizes = await node.ask(dominfoQuery(guests), options);
  return sizes.map(({ memory, ...guest }) => ({
    ...guest,
    memory: { used: null, total: memory },
    counters: noCounters,
  }));
}
