import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { failed, NodeError } from "../failure.ts";
import { whenOver } from "../when-over.ts";

export interface ThroughTarget {
  /** The jump host, for messages. */
  readonly via: string;
  /** The ssh command that gets a user there, for hints: `loginCommand`. */
  readonly login: string;
  readonly host: string;
  readonly port: number;
  /** Seconds. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/** RFC 4254, 5.1: why a channel was not opened. */
const administrativelyProhibited = 1;
const connectFailed = 2;

/**
 * Seconds from which a connection that a jump host could not make was one to a machine that did not answer: sshd has one
 * code for a refusal, which comes at once, and for a host that is away, which the kernel there gives up after 3 s of ARP.
 */
const answersWithin = 1;

/**
 * A channel through a jump host to the next one. Rejects with NodeError; when the next host stays silent until the
 * deadline, or until the jump host gives up, it is off, as it would be without the jump host.
 */
export function openThrough(client: Client, target: ThroughTarget): Promise<Duplex> {
  const { via, host, port, deadline, signal } = target;
  const started = performance.now();
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (error?: NodeError, stream?: Duplex) => {
      if (settled) {
        stream?.destroy();
        return;
      }
      settled = true;
      stopClock();
      client.off("close", onClose);
      signal?.removeEventListener("abort", onAbort);
      if (stream) resolve(stream);
      else reject(error);
    };
    const refuse = (error: unknown) => settle(refusal(error, target, (performance.now() - started) / 1000));
    // a connection that ends meanwhile never calls back
    const onClose = () => refuse("its connection was closed");
    const onAbort = () => settle(failed("lost", "interrupted", "mclu status"));
    const silent = () =>
      settle(
        new NodeError({
          state: "off",
          detail: `no answer from ${host} port ${port} behind ${via} within ${deadline} s`,
        }),
      );
    const stopClock = whenOver(deadline, silent);
    client.once("close", onClose);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) return onAbort();
    try {
      client.forwardOut("127.0.0.1", 0, host, port, (error, stream) => {
        if (error) return refuse(error);
        // as of a socket, whose end is its close: a channel that is half open would never tell that the host has gone
        stream.allowHalfOpen = false;
        settle(undefined, stream);
      });
    } catch (error) {
      // "Not connected" is thrown, not called back
      refuse(error);
    }
  });
}

function refusal(error: unknown, { via, login, host, port }: ThroughTarget, seconds: number): NodeError {
  const where = `${host} port ${port}`;
  const said = error instanceof Error ? error.message : String(error);
  const reason = error instanceof Error && "reason" in error ? error.reason : undefined;
  if (reason === connectFailed && seconds >= answersWithin)
    return new NodeError({ state: "off", detail: `${via} had no answer from ${where}: ${said}` });
  if (reason === administrativelyProhibited)
    return failed("jump", `${via} forwards no connection to ${where}: ${said}`, `${login}sudo sshd -T`, error);
  return failed("jump", `${via} cannot reach ${where}: ${said}`, `${login}nc -vz ${host} ${port}`, error);
}
