import { execFile } from "node:child_process";
import { once } from "node:events";
import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import { failed } from "../failure.ts";
import { quietEnvironment } from "../ssh/quiet-environment.ts";
import type { Destination } from "../transport.ts";
import { forwardArguments } from "./arguments.ts";
import type { Master } from "./master.ts";

let forwards = 0;

/**
 * A connection that the node's sshd makes for a login that stands, through a socket in the login's private directory.
 * Rejects with NodeError `lost` where the login does not stand any more. Where nobody answers there it ends at once.
 * @param host only shown by `ps`
 */
export async function forward(
  master: Master,
  host: string,
  to: Destination,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Duplex> {
  const path = `${master.directory}/f${++forwards}`;
  await new Promise<void>((resolve, reject) => {
    const argv = forwardArguments(master.directory, host, path, to);
    execFile("ssh", argv, { env: quietEnvironment(env) }, (error) => {
      if (error) reject(failed("lost", `ssh forwards nothing: ${error.message.trim()}`, "mclu status", error));
      else resolve();
    });
  });
  const stream = createConnection({ path, allowHalfOpen: true });
  await once(stream, "connect");
  return stream;
}
