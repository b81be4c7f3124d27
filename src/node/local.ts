import { spawn } from "node:child_process";
import { commandLine } from "./shell.ts";
import type { Channel, ChannelEnd, Transport } from "./transport.ts";

/** `transport = local`: this machine is the node. */
export const localTransport: Transport = {
  use: { kind: "local" },
  open: (command, terminal) => Promise.resolve(terminal ? startOnTerminal(command) : startChild("sh", ["-c", command])),
  close: () => undefined,
};

/** util-linux's script makes the terminal, which Node cannot. */
function startOnTerminal(command: string): Channel {
  return startChild("env", ["SHELL=/bin/sh", "script", "-qfec", commandLine(["sh", "-c", command]), "/dev/null"]);
}

/** A child process as a channel, in a process group of its own so that the script's clean-up never reaches us. */
export function startChild(file: string, argv: readonly string[]): Channel {
  const child = spawn(file, argv, { stdio: "pipe", detached: true });
  // a command that ends early leaves stdin broken: the exit code tells, not the pipe
  child.stdin.on("error", () => undefined);
  const ended = new Promise<ChannelEnd>((resolve) => {
    child.once("error", (error) => resolve({ kind: "lost", detail: error.message }));
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
