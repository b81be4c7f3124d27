import { once } from "node:events";
import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import type { Cluster } from "../cluster/cluster.ts";
import { connectFrom } from "../node/node-connection.ts";
import { passBothWays } from "../node/tunnel.ts";
import { askOne } from "./ask-one.ts";
import { findReachable } from "./guest-address.ts";

/** Connects a stream with a guest's ssh server, until one of them ends. Throws UserError as `findReachable` does. */
export async function proxyToGuest(
  cluster: Cluster,
  selector: string,
  near: Duplex,
  { port = 22, signal }: { readonly port?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { guest, address } = await findReachable(cluster, selector, { signal });
  const connect = () => connectFrom(guest.node, { host: address, port }, signal);
  await askOne(cluster, guest.node, async () => passBothWays(near, await connect()), signal);
}

/** Connects a stream with a socket of this machine, until one of them ends. Rejects with the system's error. */
export async function proxyToSocket(path: string, near: Duplex): Promise<void> {
  const far = createConnection({ path, allowHalfOpen: true });
  await once(far, "connect");
  await passBothWays(near, far);
}
