import { spawn } from "node:child_process";
import { Duplex } from "node:stream";

/** A connection that a `ProxyCommand` makes. */
export interface ProxyConnection {
  readonly stream: Duplex;
  /** Ends the command. What it had to say, and how it ended; undefined for one that was well. */
  complaint(): Promise<string | undefined>;
}

const saidLimit = 4096;

/** Milliseconds that a command which is told to end is waited for. */
const patience = 500;

/** Runs a `ProxyCommand`: a child whose stdin and stdout are the connection; each ends with the other. */
export function runProxyCommand(command: string): ProxyConnection {
  const child = spawn("/bin/sh", ["-c", `exec ${command}`], { stdio: "pipe" });
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-saidLimit);
  });
  child.on("error", (error) => stream.destroy(error));
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  // half a connection is none, and only "close" tells ssh2
  closed.then(() => stream.destroy());
  for (const event of ["close", "error"]) stream.on(event, () => child.kill());
  return {
    stream,
    async complaint() {
      child.kill();
      const timeout = new Promise<null>((resolve) => setTimeout(resolve, patience, null).unref());
      const code = await Promise.race([closed, timeout]);
      const last = said.trim().split("\n").at(-1) ?? "";
      const parts = [last, code === null ? "" : `exit code ${code}`].filter((part) => part !== "");
      return parts.length > 0 ? parts.join(", ") : undefined;
    },
  };
}
