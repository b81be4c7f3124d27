import { setTimeout as sleep } from "node:timers/promises";
import { NodeError, type NodeSilence } from "../failure.ts";

/** What somebody who waits for a silent node is told. */
export type SilenceEvent =
  /** The node does not answer; the job may well go on. Seconds until it is asked again. */
  { readonly kind: "silent"; readonly silence: NodeSilence; readonly retry: number } | { readonly kind: "back" };

export interface Patience {
  /** The node answered. */
  heard(): Promise<void>;
  /**
   * Waits a while after a failure, longer each time. Resolves with the node's silence where it is to be given up: it lasts
   * too long, or asking again would not help. Rethrows what is no failure of a node.
   */
  endure(error: unknown): Promise<NodeSilence | undefined>;
}

export interface PatienceOptions {
  readonly onEvent?: ((event: SilenceEvent) => void | Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Seconds of silence after which a node is given up; default 60. */
  readonly seconds?: number;
}

/** Bears with a node that was lost: it is asked again until it answers, or has been silent for too long. */
export function createPatience({ onEvent, signal, seconds = 60 }: PatienceOptions): Patience {
  let since: number | undefined;
  let pause = 0.5;
  return {
    async heard() {
      if (since === undefined) return;
      since = undefined;
      pause = 0.5;
      await onEvent?.({ kind: "back" });
    },
    async endure(error) {
      if (!(error instanceof NodeError)) throw error;
      since ??= performance.now();
      const { silence } = error;
      if (!mayPass(silence) || performance.now() - since > seconds * 1000) return silence;
      await onEvent?.({ kind: "silent", silence, retry: pause });
      await pauseFor(pause, signal);
      pause = Math.min(pause * 2, 8);
      return undefined;
    },
  };
}

/** Whether asking again may help: a changed host key stays changed. */
function mayPass(silence: NodeSilence): boolean {
  return (
    silence.state === "off" || ["lost", "slow", "refused", "jump", "no-network", "protocol"].includes(silence.reason)
  );
}

/** Ends at once where it is interrupted. */
export async function pauseFor(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(seconds * 1000, undefined, signal && { signal }).catch(() => undefined);
}
