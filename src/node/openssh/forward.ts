import { execFile } from "node:child_process";
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { Duplex, PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { connectionLost, failed, type NodeError } from "../failure.ts";
import { quietEnvironment } from "../ssh/quiet-environment.ts";
import type { Destination } from "../transport.ts";
import { forwardArguments } from "./arguments.ts";
import { type Master, newsDelay } from "./master.ts";

let forwards = 0;

/**
 * A connection that the node's sshd makes for a login that stands, through a socket in the login's private directory; it
 * errs with NodeError `lost` where the login goes before it has ended. Rejects with NodeError: `lost` where the login does not
 * stand any more, `refused` for a destination that ssh cannot be told. Where nobody answers there it ends at once.
 * @param host only shown by `ps`
 */
export async function forward(
  master: Master,
  host: string,
  to: Destination,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Duplex> {
  const path = `${master.directory}/f${++forwards}`;
  const argv = forwardArguments(master.directory, host, path, to);
  if (argv === undefined) throw noDestination(to);
  await new Promise<void>((resolve, reject) => {
    execFile("ssh", [...argv], { env: quietEnvironment(env) }, (error) => {
      if (error) reject(failed("lost", `ssh forwards nothing: ${error.message.trim()}`, "mclu status", error));
      else resolve();
    });
  });
  const stream = createConnection({ path, allowHalfOpen: true });
  await once(stream, "connect");
  return failWith(master, stream);
}

/** Of what a guest's XML may have in the place of an address or a path. */
function noDestination(to: Destination): NodeError {
  const where = JSON.stringify("socket" in to ? to.socket : to.host);
  const why = `the system's ssh cannot be told to connect to ${where} as it is written`;
  return failed("refused", why, "set transport = ssh for this node in mclu.conf");
}

/** The socket ends at once when ssh does, and as it would if the far end had: which of them it was is known a little later. */
function failWith(master: Master, socket: Socket): Duplex {
  const verdict = async () => {
    await Promise.race([master.ended, sleep(newsDelay)]);
    return master.isAlive() ? undefined : connectionLost();
  };
  // whoever has ended it on this side misses nothing
  const flush = (done: (error?: Error) => void) => void (socket.writableEnded ? done() : verdict().then(done));
  const readable = socket.pipe(new PassThrough({ flush }));
  const stream = Duplex.from({ readable, writable: socket });
  socket.on("error", (error) => void verdict().then((lost) => stream.destroy(lost ?? error)));
  return stream.on("error", () => undefined).once("close", () => socket.destroy());
}
