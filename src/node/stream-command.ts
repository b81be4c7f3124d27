import type { Readable } from "node:stream";
import { commandLost, failed } from "./failure.ts";
import { makeNonce, noShell, refusedBySudo } from "./run-script.ts";
import { loginMark, startLine } from "./script.ts";
import { startCommand } from "./start-command.ts";
import {
  encodeScript,
  endOfStdin,
  frameStdin,
  type RemoteCommand,
  scriptReader,
  streamScript,
} from "./stream-script.ts";
import type { Channel, ChannelEnd, Transport } from "./transport.ts";
import { whenOver } from "./when-over.ts";

export type { RemoteCommand } from "./stream-script.ts";

/** Takes bytes as they arrive; the node waits while a promise is pending. */
export type Sink = (chunk: Buffer) => void | Promise<void>;

export interface StreamOptions {
  readonly onStdout: Sink;
  readonly onStderr: Sink;
  /** Data for the command; without it the command reads from /dev/null. */
  readonly stdin?: Readable | undefined;
  /** Seconds the command may run; absent: for ever, a dead connection is noticed by itself. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a command came to its end. After `deadline` and `interrupted` it is ended on the node, within 2 s. */
export type CommandEnd =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "deadline" }
  | { readonly kind: "interrupted" };

interface HowToRun {
  readonly become: "none" | "sudo";
  /** `loginCommand` of the node, for hints. */
  readonly login: string;
}

/** Seconds for a shell to say that it begins; a login shell may read slow files first. */
const beginDeadline = 20;

/**
 * Runs a command on a node and hands its output on as it arrives, byte by byte. Rejects with NodeError: `lost` when the
 * connection went before the command ended, `denied` when sudo refused, `protocol` when no shell answered, `slow` when it
 * said nothing. A sink that throws ends the command; its error is the rejection.
 */
export async function streamCommand(
  transport: Transport,
  command: RemoteCommand,
  { become, login, ...options }: StreamOptions & HowToRun,
): Promise<CommandEnd> {
  if (options.signal?.aborted) return { kind: "interrupted" };
  const nonce = makeNonce();
  const opening = startCommand(transport, startLine(scriptReader, become, nonce), {
    seconds: beginDeadline,
    signal: options.signal,
    login,
  });
  const channel = await opening.catch((error: unknown) => {
    if (options.signal?.aborted) return undefined;
    throw error;
  });
  if (!channel) return { kind: "interrupted" };
  const limits = startLimits(options);
  const stdout = pump(channel.stdout, nonce, options.onStdout, limits.begun);
  const stderr = pump(channel.stderr, nonce, options.onStderr);
  channel.stdin.on("error", () => undefined);
  channel.stdin.write(encodeScript(streamScript(command, nonce, options.stdin !== undefined)));
  const stopStdin = options.stdin && forward(options.stdin, channel);
  try {
    const ended = Promise.all([channel.ended, stdout.done, stderr.done]).then(([end]) => end);
    // whichever of the two loses the race must not be an unhandled rejection
    ended.catch(() => undefined);
    const end = await Promise.race([ended, limits.reached]);
    switch (end.kind) {
      case "deadline":
        return { kind: "deadline" };
      case "interrupted":
        return { kind: "interrupted" };
      case "silent":
        throw failed("slow", `no shell began within ${beginDeadline} s`, `${login}true`);
      default:
        if (end.kind !== "lost" && !stdout.begun()) throw notBegun(end, nonce, stdout.before(), stderr.before(), login);
        return finished(end);
    }
  } finally {
    limits.stop();
    stopStdin?.();
    channel.close();
  }
}

function finished(end: ChannelEnd): CommandEnd {
  if (end.kind === "exit") return end;
  if (end.kind === "lost") throw commandLost(end);
  throw failed("lost", `the shell on the node was ended by ${end.signal}`, "mclu status");
}

/** Why the command was not even begun: sudo refused, or the login runs no shell. */
function notBegun(
  end: Exclude<ChannelEnd, { kind: "lost" }>,
  nonce: string,
  stdout: string,
  stderr: string,
  login: string,
) {
  const how = end.kind === "exit" ? `exit code ${end.code}` : `signal ${end.signal}`;
  const last = (text: string) => text.trim().split("\n").at(-1) ?? "";
  return stdout.includes(loginMark(nonce))
    ? refusedBySudo(last(stderr) || how, login)
    : noShell(how, last(stderr) || last(stdout), login);
}

/** What ends a command from this side. */
function startLimits({ timeout, signal }: StreamOptions) {
  let onAbort = () => {};
  let stopTimeout = () => {};
  let stopBegin = () => {};
  const reached = new Promise<{ kind: "deadline" | "interrupted" | "silent" }>((resolve) => {
    onAbort = () => resolve({ kind: "interrupted" });
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    if (timeout !== undefined) stopTimeout = whenOver(timeout, () => resolve({ kind: "deadline" }));
    stopBegin = whenOver(beginDeadline, () => resolve({ kind: "silent" }));
  });
  return {
    reached,
    begun: stopBegin,
    stop: () => {
      stopTimeout();
      stopBegin();
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

/** Most that is kept of what a login shell says before the command begins. */
const noiseLimit = 64 * 1024;

/**
 * Hands on what comes after the begin marker; what is before it is noise (motd, .bashrc). Not an async iterator: that
 * destroys the stream at its end, and for ssh2 a stream is the whole channel, whose exit code may still be on its way.
 */
function pump(stream: Readable, nonce: string, sink: Sink, onBegin?: () => void) {
  const marker = Buffer.from(`${nonce} begin\n`);
  let before = Buffer.alloc(0);
  let begun = false;
  /** The chunk without what is not the command's. */
  const strip = (chunk: Buffer): Buffer => {
    if (begun) return chunk;
    before = Buffer.concat([before, chunk]);
    const at = before.indexOf(marker);
    if (at < 0) {
      before = before.subarray(-noiseLimit);
      return Buffer.alloc(0);
    }
    begun = true;
    onBegin?.();
    const rest = before.subarray(at + marker.length);
    before = before.subarray(0, at);
    return rest;
  };
  /** All that was handed on so far; node resumes a child's streams at its exit, so pausing alone keeps no order. */
  let taken: Promise<void> | undefined;
  const done = new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      const own = strip(chunk);
      if (own.length === 0) return;
      const more = taken ? taken.then(() => sink(own)) : sink(own);
      if (!more) return;
      stream.pause();
      const current = more.then(() => {
        if (taken === current) taken = undefined;
        stream.resume();
      });
      taken = current;
      current.catch(reject);
    };
    stream.on("data", (chunk: Buffer) => {
      try {
        take(chunk);
      } catch (error) {
        reject(error);
      }
    });
    for (const event of ["end", "close", "error"])
      stream.once(event, () => (taken ?? Promise.resolve()).then(resolve, reject));
    // errors come after the end as well
    stream.on("error", () => undefined);
  });
  return { done, begun: () => begun, before: () => before.toString("utf8") };
}

/** Sends a stream to the command; gives what ends that, after which the stream is paused and holds nobody up. */
function forward(data: Readable, { stdin }: Channel): () => void {
  let stopped = false;
  const send = (bytes: Uint8Array | string) =>
    new Promise<void>((resolve) => {
      stdin.write(bytes, (error) => {
        // nobody reads any more: the end of the channel says why
        if (error) stopped = true;
        resolve();
      });
    });
  const sendAll = async (chunk: Buffer) => {
    for (const frame of frameStdin(chunk)) await send(frame);
    if (!stopped) data.resume();
  };
  let sent = Promise.resolve();
  const onData = (chunk: Buffer) => {
    data.pause();
    sent = sent.then(() => sendAll(chunk));
  };
  // the end is announced while the last piece is still on its way
  const onEnd = () => sent.then(() => send(endOfStdin));
  data.on("data", onData).once("end", onEnd);
  return () => {
    stopped = true;
    data.off("data", onData).off("end", onEnd).pause();
  };
}
