import { setTimeout as sleep } from "node:timers/promises";
import { type CurrentState, statesQuery } from "../libvirt/change.ts";
import { NodeError } from "../node/failure.ts";
import type { Node } from "../node/node.ts";
import { endedAfter } from "../node/until-aborted.ts";

/** Looks again and again at guests of one node, at all that are waited for in one question. */
export interface StateWatch {
  /**
   * The guest's state a moment from now; undefined: the node did not say. Rejects with the signal's reason.
   * @param left seconds until nobody waits for it any more; a look that begins shortly before has a little more
   */
  look(uuid: string, left?: number): Promise<CurrentState | undefined>;
}

/** Milliseconds from one question to the next. */
const pace = 500;
/** Seconds a node may take to answer one. */
const patience = 8;
/** Seconds that one has at least, which begins when the time is all but over. */
export const leastPatience = 2;

export function watchStates(node: Node, signal?: AbortSignal): StateWatch {
  let wanted = new Set<string>();
  let longest = 0;
  let next: Promise<ReadonlyMap<string, CurrentState>> | undefined;
  const ask = async () => {
    await sleep(pace, undefined, { signal });
    const uuids = [...wanted];
    const left = longest;
    wanted = new Set();
    longest = 0;
    next = undefined;
    const how = { seconds: patience, patient: true };
    try {
      const states = await endedAfter(left, signal, (until) => node.ask(statesQuery(uuids), { ...how, signal: until }));
      return new Map(states === undefined ? [] : uuids.map((uuid, index) => [uuid, states[index] ?? null]));
    } catch (error) {
      if (error instanceof NodeError && !signal?.aborted) return new Map<string, CurrentState>();
      throw error;
    }
  };
  return {
    async look(uuid, left = Number.POSITIVE_INFINITY) {
      wanted.add(uuid);
      longest = Math.max(longest, left, leastPatience);
      next ??= ask();
      return (await next).get(uuid);
    },
  };
}
