import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { kill } from "node:process";
import { Duplex } from "node:stream";
import { started } from "../started.ts";
import { quietEnvironment } from "./quiet-environment.ts";

/** A connection that a `ProxyCommand` makes. */
export interface ProxyConnection {
  readonly stream: Duplex;
  /** Ends the command. What it had to say, and how it ended; undefined for one that was well. */
  complaint(): Promise<string | undefined>;
}

const saidLimit = 4096;

/** Milliseconds that a command which is told to end is waited for; one that does not want to is killed then. */
const patience = 500;

/**
 * Runs a `ProxyCommand`, by the user's shell as ssh does: a child whose stdin and stdout are the connection; each ends with
 * the other. It has no terminal: an `ssh` in it could ask for a passphrase there, beside what mclu asks.
 * Rejects with NodeError where it cannot be started.
 * @param env the child's, but for what opens windows
 */
export async function runProxyCommand(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ProxyConnection> {
  const options = { stdio: "pipe", env: quietEnvironment(env), detached: true } as const;
  const shell = env["SHELL"] || "/bin/sh";
  const child = await started(shell, () => spawn(shell, ["-c", `exec ${command}`], options));
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-saidLimit);
  });
  child.on("error", (error) => stream.destroy(error));
  const closed = new Promise((resolve) => child.once("close", resolve));
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      // what it has started as well: a process group of its own hears of no Ctrl-C
      if (child.pid !== undefined) kill(-child.pid, signal);
    } catch {
      // gone already
    }
  };
  const end = () => {
    signalGroup("SIGTERM");
    setTimeout(() => child.exitCode ?? child.signalCode ?? signalGroup("SIGKILL"), patience).unref();
    // what it has left running may keep that open
    if (child.stderr instanceof Socket) child.stderr.unref();
  };
  // half a connection is none, and only "close" tells ssh2
  closed.then(() => stream.destroy());
  for (const event of ["close", "error"]) stream.on(event, end);
  return {
    stream,
    async complaint() {
      end();
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patience);
      });
      await Promise.race([closed, timeout]);
      clearTimeout(timer);
      const { exitCode: code } = child;
      const last = said.trim().split("\n").at(-1) ?? "";
      const parts = [last, code === null ? "" : `exit code ${code}`].filter((part) => part !== "");
      return parts.length > 0 ? parts.join(", ") : undefined;
    },
  };
}
