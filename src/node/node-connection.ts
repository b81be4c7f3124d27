import type { Duplex } from "node:stream";
import { failed } from "./failure.ts";
import type { Node } from "./node.ts";
import { relayToSocket } from "./relay.ts";
import type { Destination } from "./transport.ts";
import { within } from "./until-aborted.ts";

/** Seconds for the other end to take a connection; a guest that is away is known to the node's kernel after 3 s. */
const patience = 10;

/**
 * A connection to somewhere, made by a node over the connection there is to it; whoever has it holds the node open. It errs
 * with NodeError `lost` where the connection to the node goes first. Rejects with NodeError, and with the signal's reason.
 */
export function connectFrom(node: Node, to: Destination, signal?: AbortSignal): Promise<Duplex> {
  // sshd would open it as the login
  if ("socket" in to && node.settings.become === "sudo") return relayToSocket(node, to.socket, signal);
  return new Promise((resolve, reject) => {
    const hold = async (stream: Duplex) => {
      resolve(stream);
      await new Promise<void>((over, lost) => void stream.once("close", over).once("error", lost));
    };
    node
      .use({ patient: true, signal }, async (transport) => {
        if (!transport.connect) throw new Error("this transport connects to nobody");
        const opening = transport.connect(to);
        const where = "socket" in to ? to.socket : `${to.host} port ${to.port}`;
        const late = () => failed("refused", `no answer from ${where} within ${patience} s`, "mclu status");
        try {
          await hold(await within({ seconds: patience, late, signal }, opening));
        } catch (error) {
          // one that comes too late is nobody's
          opening.then((stream) => stream.destroy()).catch(() => undefined);
          throw error;
        }
      })
      .catch(reject);
  });
}
