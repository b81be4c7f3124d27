import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes } from "../errors.ts";
import { NodeError } from "../node/failure.ts";
import { openTunnel } from "../node/tunnel.ts";
import { anyClients } from "../node/tunnel-clients.ts";
import type { FindOptions } from "./find-guest.ts";
import { findReachable } from "./guest-address.ts";
import { connectToServer, explainServer } from "./guest-server.ts";
import { doubtOf, guestKeys, isKeyKnown, sshHost, sshSettings } from "./guest-ssh.ts";
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
  /** Why ssh asks whether the host key is the guest's; null: it does not. */
  readonly doubt: string | null;
  readonly nodes: readonly NodeAnswer[];
}

/**
 * Opens a way to a guest's ssh server for the user's own ssh, through the connection that its node has already, for as long
 * as `use` takes, and gives its exit code. scp connects once for each source. Throws UserError as `findReachable` does, and where `use`
 * failed because the node could not connect, or the connection to it was lost.
 */
export async function withSshRoute(
  cluster: Cluster,
  selector: string,
  options: SshRouteOptions,
  use: (route: SshRoute) => Promise<number>,
): Promise<number> {
  const { port = 22, connector, signal } = options;
  const reachable = await findReachable(cluster, selector, options);
  const { guest, isCertain, nodes } = reachable;
  const { node, name, uuid } = guest;
  const keys = guestKeys(cluster);
  const asks = !isCertain && !(await isKeyKnown(keys, uuid));
  let problem: NodeError | undefined;
  const note = (error: unknown) => {
    if (error instanceof NodeError) problem = error;
  };
  const connect = () => {
    const connecting = connectToServer(reachable, port, signal);
    // `over` tells of the first one alone
    connecting.then((far) => far.once("error", note), note);
    return connecting;
  };
  const tunnel = await openTunnel({ local: "socket", connect, clients: anyClients() });
  try {
    const proxy = [...connector, tunnel.path ?? ""];
    const settings = sshSettings({ uuid, keys, proxy, asks });
    const route = {
      node: node.name,
      name,
      uuid,
      host: sshHost(cluster, guest),
      options: settings.flatMap(([key, value]) => ["-o", `${key}=${value}`]),
      doubt: asks ? doubtOf(reachable) : null,
      nodes,
    };
    const code = await use(route);
    if (problem && code !== exitCodes.done) throw explainServer(problem, guest);
    return code;
  } finally {
    tunnel.close();
  }
}
