/** Why a node that is not simply off could not answer. */
export type FailureReason =
  | "unknown-host"
  | "no-network"
  | "jump"
  | "refused"
  | "auth"
  | "host-key-unknown"
  | "host-key-changed"
  | "no-libvirt"
  | "libvirt-down"
  | "denied"
  | "slow"
  | "lost"
  | "protocol";

/** A node that did not answer, as a value: `off` is expected in this kind of cluster, everything else has a reason. */
export type NodeSilence =
  | { readonly state: "off" /** What the network said, e.g. `connect deadline 1.2 s`. */; readonly detail: string }
  | {
      readonly state: "failed";
      readonly reason: FailureReason;
      /** One sentence, from the node or from here; not yet cleaned for a terminal. */
      readonly detail: string;
      /** One command to type next. */
      readonly hint: string;
    };

/** Most of a detail that is kept, characters: a farewell of sshd may have 35 kB, and a line of a login shell 64. */
const longestDetail = 1000;

/** Thrown inside `node/` only; the fan-out turns it into a value. */
export class NodeError extends Error {
  readonly silence: NodeSilence;

  /** @param given its detail may be as long as a node likes */
  constructor(given: NodeSilence, options?: ErrorOptions) {
    const silence = { ...given, detail: shortened(given.detail) };
    super(silence.state === "off" ? `off: ${silence.detail}` : `${silence.reason}: ${silence.detail}`, options);
    this.name = "NodeError";
    this.silence = silence;
  }
}

/** One line: further ones would stand among what mclu itself says. */
function shortened(given: string): string {
  const detail = given
    .slice(0, 2 * longestDetail)
    .trim()
    .replace(/[\r\n]+/g, " ");
  if (detail.length <= longestDetail) return detail;
  // no half of a character at the end
  return `${detail.slice(0, longestDetail).replace(/[\ud800-\udbff]$/, "")}...`;
}

export function reasonOf({ silence }: NodeError): FailureReason | undefined {
  return silence.state === "failed" ? silence.reason : undefined;
}

export function failed(reason: FailureReason, detail: string, hint: string, cause?: unknown): NodeError {
  return new NodeError({ state: "failed", reason, detail, hint }, cause === undefined ? undefined : { cause });
}

/** The connection to a node went before a command had ended. */
export function commandLost({
  detail,
  hint = "mclu status",
}: {
  readonly detail: string;
  readonly hint?: string;
}): NodeError {
  return failed("lost", `the connection was lost: ${detail}`, hint);
}

/** The connection to a node went while something else was carried by it. */
export function connectionLost(): NodeError {
  return failed("lost", "the connection was lost", "mclu status");
}

/** A change went out and its end was not heard: nobody here knows whether it was done. */
export class UnheardChange extends Error {
  readonly silence: NodeSilence;

  constructor(silence: NodeSilence, options?: ErrorOptions) {
    super("the end of a change was not heard", options);
    this.name = "UnheardChange";
    this.silence = silence;
  }
}

/** What a change that went out may have come to: done, unless the node said that it did not begin. */
export function asUnheard(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted)
    return new UnheardChange({ state: "failed", reason: "lost", detail: "interrupted", hint: "mclu status" });
  if (!(error instanceof NodeError)) return error;
  const reason = reasonOf(error);
  return reason === "lost" || reason === "slow" ? new UnheardChange(error.silence, { cause: error }) : error;
}
