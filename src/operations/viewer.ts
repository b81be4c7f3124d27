import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { consoleOf } from "../libvirt/console.ts";
import { domainXmlQuery } from "../libvirt/domain-query.ts";
import { isActive } from "../libvirt/domains.ts";
import { type Screen, screensOf } from "../libvirt/graphics.ts";
import { NodeError, reasonOf } from "../node/failure.ts";
import { connectFrom } from "../node/node-connection.ts";
import { ownClients } from "../node/peer-user.ts";
import { openTunnel, type Tunnel } from "../node/tunnel.ts";
import { oneClient, spiceClient } from "../node/tunnel-clients.ts";
import { askOne } from "./ask-one.ts";
import type { FindOptions, FoundGuest } from "./find-guest.ts";
import { findOneGuest } from "./find-one-guest.ts";
import { readDetails } from "./guest-details.ts";
import { guestPlace } from "./guest-place.ts";
import type { NodeAnswer } from "./list.ts";

export interface ViewerOptions extends FindOptions {
  /** Of several screens; default: the first of the guest's XML. */
  readonly type?: "vnc" | "spice" | undefined;
  /** `port` of 127.0.0.1, or a `socket` that this user alone can open. */
  readonly local: "port" | "socket";
}

/** A guest's screen, as it is to be had on this machine. */
export interface LocalScreen {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  readonly type: "vnc" | "spice";
  /** `vnc://127.0.0.1:41235`, `vnc+unix:///tmp/...` */
  readonly uri: string;
  readonly port: number | null;
  readonly path: string | null;
  /**
   * Settles when a viewer came and went. Rejects with UserError (exit 5) where the node could not connect to the screen, or
   * the connection to the node was lost.
   */
  readonly over: Promise<void>;
  readonly nodes: readonly NodeAnswer[];
}

/**
 * Brings a guest's screen to this machine for one viewer, through the connection that its node has, for as long as `use`
 * takes. Throws UserError as `findGuests` does; exit 6 where the guest is off or has no such screen.
 */
export async function withScreen<T>(
  cluster: Cluster,
  selector: string,
  options: ViewerOptions,
  use: (screen: LocalScreen) => Promise<T>,
): Promise<T> {
  const { signal, local } = options;
  const { guest, nodes } = await findOneGuest(cluster, selector, options);
  const { node, name, uuid } = guest;
  const { type, at } = await screenOf(cluster, guest, options);
  const clients = type === "spice" ? spiceClient() : oneClient();
  const tunnel = await openTunnel({
    local,
    connect: () => connectFrom(node, at, signal),
    clients: local === "port" ? ownClients(clients) : clients,
  });
  const over = tunnel.over.catch((error: unknown) => {
    if (!(error instanceof NodeError)) throw error;
    const exitCode = exitCodes.unreachable;
    if (reasonOf(error) === "lost")
      throw new UserError(`the screen of ${name} is gone: ${node.name} failed: ${error.message}`, {
        hint: `mclu status ${node.name}`,
        exitCode,
      });
    throw new UserError(`${node.name} could not connect to the screen of ${name}: ${error.message}`, {
      hint: `mclu info ${guestPlace(guest)}`,
      exitCode,
    });
  });
  over.catch(() => undefined);
  try {
    const { port = null, path = null } = tunnel;
    return await use({ node: node.name, name, uuid, type, uri: uriOf(type, tunnel), port, path, over, nodes });
  } finally {
    tunnel.close();
  }
}

function uriOf(type: string, { port, path }: Tunnel): string {
  return path === undefined ? `${type}://127.0.0.1:${port}` : `${type}+unix://${path}`;
}

async function screenOf(cluster: Cluster, guest: FoundGuest, { type, signal }: ViewerOptions): Promise<Screen> {
  const { node, name, uuid, state } = guest;
  const refuse = (why: string, hint: string) => new UserError(why, { hint, exitCode: exitCodes.refused });
  if (state !== null && !isActive(state))
    throw refuse(`${name} shows nothing now: it is ${state}`, `mclu start ${guestPlace(guest)}`);
  const xml = await askOne(cluster, node, () => node.ask(domainXmlQuery([uuid]), { signal }), signal);
  const { details, problem } = await readDetails(xml.get(uuid) ?? null);
  if (!details) throw new UserError(`the screen of ${name} is unknown: ${problem}`, { hint: "mclu list" });
  const screens = screensOf(details.graphics);
  const screen = screens.find((one) => type === undefined || one.type === type);
  if (screen) return screen;
  const [other] = screens;
  if (other) throw refuse(`${name} has no ${type} screen`, `mclu viewer --type ${other.type} ${guestPlace(guest)}`);
  if (details.graphics.some(({ tlsPort }) => tlsPort !== null))
    throw refuse(`the screen of ${name} is to be had by TLS alone`, `mclu info ${guestPlace(guest)}`);
  const types = details.graphics.map((one) => one.type).join(", ");
  const instead = consoleOf(details) ? `mclu console ${guestPlace(guest)}; or ` : "";
  throw refuse(
    types === "" ? `${name} has no screen` : `${name} has no screen that can be connected to: ${types} listens nowhere`,
    `${instead}mclu exec ${node.name} -- virt-xml ${uuid} --add-device --graphics vnc; then stop and start it`,
  );
}
