import { spawn } from "node:child_process";
import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import { failed } from "./failure.ts";
import { commandLine } from "./shell.ts";
import { started } from "./started.ts";
import type { Channel, ChannelEnd, Destination, Transport } from "./transport.ts";

/** `transport = local`: this machine is the node. */
export const localTransport: Transport = {
  use: { kind: "local" },
  open: (command, terminal) => (terminal ? startOnTerminal(command) : startChild("sh", ["-c", command])),
  connect: (to) => connectHere(to),
  close: () => undefined,
};

function connectHere(to: Destination): Promise<Duplex> {
  const socket = createConnection({
    ...("socket" in to ? { path: to.socket } : { host: to.host, port: to.port }),
    allowHalfOpen: true,
  });
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error) => reject(failed("refused", error.message, "ss -tlnx", error)));
  });
}

/** util-linux's script makes the terminal, which Node cannot. */
function startOnTerminal(command: string): Promise<Channel> {
  return startChild("env", ["SHELL=/bin/sh", "script", "-qfec", commandLine(["sh", "-c", command]), "/dev/null"]);
}

/**
 * A child process as a channel, in a process group of its own so that the script's clean-up never reaches us. Rejects with
 * NodeError.
 */
export async function startChild(file: string, argv: readonly string[]): Promise<Channel> {
  const child = await started(file, () => spawn(file, argv, { stdio: "pipe", detached: true }));
  // a command that ends early leaves stdin broken: the exit code tells, not the pipe
  child.stdin.on("error", () => undefined);
  const ended = new Promise<ChannelEnd>((resolve) => {
    child.once("close", (code, signal) =>
      resolve(code === null ? { kind: "signal", signal: signal ?? "unknown" } : { kind: "exit", code }),
    );
  });
  const close = () => {
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
  };
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, ended, close };
}
