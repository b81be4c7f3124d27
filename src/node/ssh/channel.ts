import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import { failed, NodeError } from "../failure.ts";
import type { Channel, ChannelEnd, TerminalSize } from "../transport.ts";

/** Milliseconds between attempts to open a channel that the server refuses. */
const patience = [50, 100, 200, 400];

/**
 * Starts a command on an ssh2 connection. A server with a small MaxSessions refuses a channel until it has seen the last
 * one close, which its client does not hear of: that is tried again. Rejects with NodeError when the connection is gone
 * (`lost`) or stays full (`denied`).
 * @param login `loginCommand` of the node, for hints
 */
export async function openChannel(
  client: Client,
  command: string,
  login: string,
  terminal?: TerminalSize,
): Promise<Channel> {
  for (const wait of patience) {
    try {
      return await open(client, command, terminal);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await sleep(wait);
    }
  }
  return open(client, command, terminal).catch((error: unknown) => {
    throw isRefusal(error) ? failed("denied", "sshd opens no session (MaxSessions)", `${login}true`, error) : error;
  });
}

/** Whether it was the channel that was refused, on a connection that lives; ssh2 gives the protocol's reason then. */
function isRefusal(error: unknown): error is NodeError {
  return error instanceof NodeError && error.cause instanceof Error && "reason" in error.cause;
}

function open(client: Client, command: string, terminal: TerminalSize | undefined): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const settle = (error: unknown, stream?: ClientChannel) => {
      client.off("close", onClose);
      if (stream) resolve(toChannel(stream));
      else reject(failed("lost", error instanceof Error ? error.message : String(error), "mclu status", error));
    };
    // a connection that ends meanwhile never calls back
    const onClose = () => settle("the connection was closed");
    client.once("close", onClose);
    try {
      if (terminal) client.exec(command, { pty: { cols: terminal.columns, rows: terminal.rows } }, settle);
      else client.exec(command, settle);
    } catch (error) {
      // "Not connected" is thrown, not called back
      settle(error);
    }
  });
}

function toChannel(stream: ClientChannel): Channel {
  let end: ChannelEnd = { kind: "lost", detail: "no exit status arrived" };
  stream.on("error", () => undefined);
  stream.stderr.on("error", () => undefined);
  stream.on("exit", (code: number | null, signal?: string) => {
    // the protocol has room for more than a process can end with, and what this one would end with is the rest of 256
    end = code === null ? { kind: "signal", signal: signal ?? "unknown" } : { kind: "exit", code: Math.min(code, 255) };
  });
  // "close" of each comes when its data was read, or cannot come any more
  const closed = [stream, stream.stderr].map(
    (output) => new Promise<void>((resolve) => output.once("close", () => resolve())),
  );
  const ended = Promise.all(closed).then(() => end);
  const resize = ({ columns, rows }: TerminalSize) => stream.setWindow(rows, columns, 0, 0);
  return { stdin: stream, stdout: stream, stderr: stream.stderr, ended, close: () => stream.close(), resize };
}
