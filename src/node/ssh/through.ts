import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { failed, NodeError } from "../failure.ts";

export interface ThroughTarget {
  /** The jump host, for messages. */
  readonly via: string;
  readonly host: string;
  readonly port: number;
  /** Seconds. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A channel through a jump host to the next one. Rejects with NodeError; when the next host stays silent until the
 * deadline it is off, as it would be without the jump host.
 */
export function openThrough(client: Client, { via, host, port, deadline, signal }: ThroughTarget): Promise<Duplex> {
  const where = `${host} port ${port}`;
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (error?: NodeError, stream?: Duplex) => {
      if (settled) {
        stream?.destroy();
        return;
      }
      settled = true;
      clearTimeout(timer);
      client.off("close", onClose);
      signal?.removeEventListener("abort", onAbort);
      if (stream) resolve(stream);
      else reject(error);
    };
    const refuse = (error: unknown) => {
      const said = error instanceof Error ? error.message : String(error);
      settle(failed("jump", `${via} cannot reach ${where}: ${said}`, `ssh ${via} nc -vz ${host} ${port}`, error));
    };
    // a connection that ends meanwhile never calls back
    const onClose = () => refuse("its connection was closed");
    const onAbort = () => settle(failed("lost", "interrupted", "mclu status"));
    const silent = () =>
      settle(new NodeError({ state: "off", detail: `no answer from ${where} behind ${via} within ${deadline} s` }));
    const timer = setTimeout(silent, deadline * 1000);
    client.once("close", onClose);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) return onAbort();
    try {
      client.forwardOut("127.0.0.1", 0, host, port, (error, stream) =>
        error ? refuse(error) : settle(undefined, stream),
      );
    } catch (error) {
      // "Not connected" is thrown, not called back
      refuse(error);
    }
  });
}
