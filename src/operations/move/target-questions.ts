import { type MoveFacts, type MoveNeeds, moveFactsQuery } from "../../libvirt/move-facts.ts";
import type { Overview } from "../../libvirt/overview.ts";
import { listReservations, type Reservation } from "../../node/jobs/reservation.ts";
import type { Node } from "../../node/node.ts";
import { askOverview } from "../overview.ts";
import { directoriesOf, type NamedPool } from "./target-pools.ts";
import { reachTarget, type WayToTarget } from "./way-to-target.ts";

type Signal = AbortSignal | undefined;

/** What is asked about a target, whichever guest comes. Each rejects with NodeError. */
export interface TargetQuestions {
  readonly reservations: (target: Node, signal: Signal) => Promise<Reservation[]>;
  readonly overview: (target: Node, signal: Signal) => Promise<Overview>;
  readonly pools: (target: Node, signal: Signal) => Promise<ReadonlyMap<string, NamedPool>>;
  readonly facts: (target: Node, signal: Signal, needs: MoveNeeds) => Promise<MoveFacts>;
  readonly reach: (target: Node, signal: Signal, source: Node, live: boolean) => Promise<WayToTarget>;
}

export const targetQuestions: TargetQuestions = {
  reservations: (target, signal) => listReservations(target, { signal, patient: true }),
  overview: (target, signal) => askOverview(target, { signal, patient: true }),
  pools: directoriesOf,
  facts: (target, signal, needs) =>
    target.ask(moveFactsQuery(target.settings.uri, needs), { signal, patient: true, seconds: 60 }),
  reach: (target, signal, source, live) => reachTarget(source, target, live, signal),
};

/** The same, each question put once for several guests, which are judged by one look at their targets. */
export function askedOnce(): TargetQuestions {
  const { reservations, overview, pools, facts, reach } = targetQuestions;
  return {
    reservations: once(reservations, () => ""),
    overview: once(overview, () => ""),
    pools: once(pools, () => ""),
    facts: once(facts, (needs) => JSON.stringify(needs)),
    reach: once(reach, (source, live) => JSON.stringify([source.name, live])),
  };
}

function once<More extends readonly unknown[], Answer>(
  ask: (target: Node, signal: Signal, ...more: More) => Promise<Answer>,
  keyOf: (...more: More) => string,
): typeof ask {
  const known = new Map<string, Promise<Answer>>();
  return (target, signal, ...more) => {
    const key = JSON.stringify([target.name, keyOf(...more)]);
    const before = known.get(key);
    if (before) return before;
    const answer = ask(target, signal, ...more);
    known.set(key, answer);
    // a guest that comes later may have more luck
    answer.catch(() => known.delete(key));
    return answer;
  };
}
