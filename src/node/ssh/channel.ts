import type { Client, ClientChannel } from "ssh2";
import { failed, NodeError } from "../failure.ts";
import { NoSession } from "../full-connection.ts";
import type { Channel, ChannelEnd, TerminalSize } from "../transport.ts";
import { breachOf } from "./client.ts";

/**
 * Starts a command on an ssh2 connection. Rejects with NodeError: `lost` when the connection is gone, NoSession where it is
 * full.
 * @param login `loginCommand` of the node, for hints
 */
export async function openChannel(
  client: Client,
  command: string,
  login: string,
  terminal?: TerminalSize,
): Promise<Channel> {
  try {
    return await open(client, command, terminal);
  } catch (error) {
    throw isRefusal(error) ? new NoSession(login, { cause: error }) : error;
  }
}

/** Whether it was the channel that was refused, on a connection that lives; ssh2 gives the protocol's reason then. */
function isRefusal(error: unknown): error is NodeError {
  return error instanceof NodeError && error.cause instanceof Error && "reason" in error.cause;
}

function open(client: Client, command: string, terminal: TerminalSize | undefined): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const settle = (error: unknown, stream?: ClientChannel) => {
      client.off("close", onClose);
      if (stream) return resolve(toChannel(stream, client));
      const { detail, hint } = breachOf(client) ?? {
        detail: error instanceof Error ? error.message : String(error),
        hint: "mclu status",
      };
      reject(failed("lost", detail, hint, error));
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

function toChannel(stream: ClientChannel, client: Client): Channel {
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
  const ended = Promise.all(closed).then(() => (end.kind === "lost" ? { ...end, ...breachOf(client) } : end));
  const resize = ({ columns, rows }: TerminalSize) => stream.setWindow(rows, columns, 0, 0);
  return { stdin: stream, stdout: stream, stderr: stream.stderr, ended, close: () => stream.close(), resize };
}
