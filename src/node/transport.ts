import type { Duplex, Readable, Writable } from "node:stream";

/** How a remote command ended. `lost` is a connection that went away: never taken for an exit code. */
export type ChannelEnd =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "signal"; readonly signal: string }
  | LostEnd;

/** Its connection went. */
export interface LostEnd {
  readonly kind: "lost";
  readonly detail: string;
  /** One command to type, where more is known than that it went. */
  readonly hint?: string;
}

/** One running command on a node. Both output streams must be read, or the command stalls. */
export interface Channel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles once, after both output streams have ended; never rejects. */
  readonly ended: Promise<ChannelEnd>;
  /** Closes the channel at once; the command sees its stdin end. */
  close(): void;
  /** What was to go out first has gone out. */
  readonly begun?: true;
  /** Of its terminal; absent where it has none, or where only `stty` on the node can do it. */
  resize?(size: TerminalSize): void;
}

/** Characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What serves a node, for `doctor`. */
export type TransportUse =
  | { readonly kind: "ssh" | "local" }
  /** The system's ssh; `reason` is a phrase: `certificate ~/.ssh/id_ed25519-cert.pub`. */
  | { readonly kind: "openssh"; readonly reason: string };

/** The seam between mclu and a node: ssh2, the system's ssh, or this machine. */
export interface Transport {
  /** Absent in a fake. */
  readonly use?: TransportUse;
  /**
   * Starts a command under the login shell. Rejects with NodeError.
   * @param terminal gives it a terminal of its own there, of that size where the way can say one; stdout has both streams
   * @param seconds it is waited for: where sshd opens no session until shortly before, it rejects with NoSession
   * @param first what its stdin begins with, and may go out before it is known that the command runs: the channel says
   * whether it did
   */
  open(command: string, terminal?: TerminalSize, seconds?: number, first?: string): Promise<Channel>;
  /**
   * A connection to somewhere, made from the node; it errs with NodeError `lost` where our own connection goes first. Rejects
   * with NodeError. Absent in a fake.
   */
  connect?(to: Destination): Promise<Duplex>;
  /**
   * Has the node listen on a Unix socket of its own for as long as the connection lasts; gives what ends that. Rejects with
   * NodeError. Absent where it cannot be asked for.
   */
  listen?(path: string, onConnection: (stream: Duplex) => void): Promise<() => void>;
  /** Ends the connection; a promise settles when it is gone. */
  close(): void | Promise<void>;
}

/** Where a node connects to: an address as seen from there, or a Unix socket of its own. */
export type Destination = { readonly host: string; readonly port: number } | { readonly socket: string };

export interface ConnectOptions {
  /** The user named this node: it gets more time before it counts as off. */
  readonly patient: boolean;
  readonly signal?: AbortSignal | undefined;
}
