import type { Cluster } from "../cluster/cluster.ts";
import { UserError } from "../errors.ts";
import { NodeError } from "../node/failure.ts";
import { connectFrom } from "../node/node-connection.ts";
import { openTunnel } from "../node/tunnel.ts";
import { oneClient } from "../node/tunnel-clients.ts";
import type { FindOptions } from "./find-guest.ts";
import { findReachable } from "./guest-address.ts";
import { guestPlace } from "./guest-place.ts";
import { guestKeys, sshHost, sshSettings } from "./guest-ssh.ts";
import type { NodeAnswer } from "./list.ts";

export interface SshRouteOptions extends FindOptions {
  /** Of the guest's ssh server; default 22. */
  readonly port?: number | undefined;
  /** The command that connects its stdin and stdout with the socket whose path follows it. */
  readonly connector: readonly string[];
}

/** How ssh, scp or sftp reaches a guest. */
export interface SshRoute {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  /** What they are to be given for a host. */
  readonly host: string;
  /** `-o` and a setting, alternately. */
  readonly options: readonly string[];
  readonly nodes: readonly NodeAnswer[];
}

/**
 * Opens a way to a guest's ssh server for one connection of the user's own ssh, through the connection that its node has
 * already, for as long as `use` takes. Throws UserError as `findReachable` does, and where the node could not connect.
 */
export async function withSshRoute<T>(
  cluster: Cluster,
  selector: string,
  options: SshRouteOptions,
  use: (route: SshRoute) => Promise<T>,
): Promise<T> {
  const { port = 22, connector, signal } = options;
  const { guest, address, nodes } = await findReachable(cluster, selector, options);
  const { node, name, uuid } = guest;
  const keys = guestKeys(cluster);
  let problem: NodeError | undefined;
  const connect = () =>
    connectFrom(node, { host: address, port }, signal).catch((error: unknown) => {
      if (error instanceof NodeError) problem = error;
      throw error;
    });
  const tunnel = await openTunnel({ local: "socket", connect, clients: oneClient() });
  try {
    const proxy = [...connector, tunnel.path ?? ""];
    const settings = sshSettings({ uuid, keys, proxy });
    const route = {
      node: node.name,
      name,
      uuid,
      host: sshHost(cluster, guest),
      options: settings.flatMap(([key, value]) => ["-o", `${key}=${value}`]),
      nodes,
    };
    const result = await use(route);
    if (problem)
      throw new UserError(`${node.name} could not connect to ${name}: ${problem.message}`, {
        hint: `mclu wait ${guestPlace(guest)} --for ssh, or mclu console ${guestPlace(guest)}`,
      });
    return result;
  } finally {
    tunnel.close();
  }
}
