import { failed } from "./failure.ts";
import type { Channel, Transport } from "./transport.ts";
import { whenOver } from "./when-over.ts";

export interface StartLimits {
  /** Seconds: a frozen connection, or one that is half open, never answers. */
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
  /** `loginCommand` of the node, for hints. */
  readonly login: string;
}

/**
 * `transport.open`, but not for ever. A channel that comes too late is closed. Rejects with NodeError: `slow` at the limit,
 * `lost` when it was interrupted.
 */
export function startCommand(
  transport: Transport,
  command: string,
  { seconds, signal, login }: StartLimits,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (error?: unknown, channel?: Channel) => {
      if (settled) {
        channel?.close();
        return;
      }
      settled = true;
      stopClock();
      signal?.removeEventListener("abort", onAbort);
      if (channel) resolve(channel);
      else reject(error);
    };
    const onAbort = () => settle(failed("lost", "interrupted", "mclu status"));
    const late = () => settle(failed("slow", `no command could be started within ${seconds} s`, `${login}true`));
    const stopClock = whenOver(seconds, late);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) return onAbort();
    transport.open(command).then((channel) => settle(undefined, channel), settle);
  });
}
