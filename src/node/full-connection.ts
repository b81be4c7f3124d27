import { setTimeout as sleep } from "node:timers/promises";
import { NodeError } from "./failure.ts";
import type { Channel } from "./transport.ts";

/** The server opens no more sessions on a connection that lives: nothing was begun. */
export class NoSession extends NodeError {
  /** @param login `loginCommand` of the node, for hints */
  constructor(login: string, options?: ErrorOptions) {
    const detail = "sshd opens no session (MaxSessions)";
    super({ state: "failed", reason: "denied", detail, hint: `${login}true` }, options);
  }
}

/** Milliseconds between attempts where no session of ours is open. */
const pauses = [50, 100, 200, 400];
/** Most milliseconds in which one that is open may end. */
const patience = 10_000;
/** Milliseconds that are left for the last try of a question: one without an answer takes the connection for frozen, and ends it. */
const lastTry = 2000;
/** Milliseconds until one is tried for again though none of ours was seen to end. */
const lookAgain = 500;

/**
 * Opens sessions on one connection. A server with a small MaxSessions refuses one until it has seen another close: where some of
 * ours are open it waits for them, and otherwise for what its client does not hear of. What is given rejects as `open`
 * does, with NoSession where the connection stays full until shortly before the seconds are over that it is waited for.
 */
export function createSessions(): (open: () => Promise<Channel>, seconds?: number) => Promise<Channel> {
  const sessions = new Set<Promise<unknown>>();
  return async (open, seconds = Number.POSITIVE_INFINITY) => {
    const until = performance.now() + Math.min(patience, seconds * 1000 - lastTry);
    for (let tries = 0; ; ) {
      try {
        const channel = await open();
        // that it failed is for whoever reads it; here it only makes room
        const over = channel.ended.then(nothing, nothing);
        sessions.add(over);
        void over.then(() => sessions.delete(over));
        return channel;
      } catch (error) {
        if (!(error instanceof NoSession)) throw error;
        const left = until - performance.now();
        if (left <= 0) throw error;
        const isBusy = sessions.size > 0;
        if (isBusy) await Promise.race([...sessions, sleep(Math.min(lookAgain, left))]);
        const pause = isBusy ? pauses[0] : pauses[tries++];
        if (pause === undefined) throw error;
        await sleep(pause);
      }
    }
  };
}

function nothing(): void {}
