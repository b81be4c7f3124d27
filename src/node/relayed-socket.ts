import type { Duplex } from "node:stream";
import type { Node } from "./node.ts";
import { connectFrom } from "./node-connection.ts";

/** Whether a node's sshd can be asked to listen for us: the system's ssh and this machine are not asked. */
export function canListen(node: Node, signal?: AbortSignal): Promise<boolean> {
  return node.use({ patient: true, signal }, async (transport) => transport.listen !== undefined);
}

/** Ends of connections at once, two of each: tools make one or a few, and a node that makes more shall not have this machine's. */
const mostEnds = 64;

/**
 * A Unix socket on one node that leads, through this machine, to one on another, while `work` runs. A connection whose far
 * end cannot be made is closed. Rejects with NodeError, and as `work` does.
 */
export function withRelayedSocket<T>(
  from: { readonly node: Node; readonly path: string },
  to: { readonly node: Node; readonly path: string },
  work: () => Promise<T>,
): Promise<T> {
  return from.node.use({ patient: true }, async (transport) => {
    if (!transport.listen) throw new Error("this transport listens on nothing");
    const open = new Set<Duplex>();
    const hold = (stream: Duplex) => {
      open.add(stream);
      stream.on("error", () => undefined).once("close", () => open.delete(stream));
    };
    const onConnection = (near: Duplex) => {
      near.on("error", () => undefined);
      if (open.size >= mostEnds) return void near.destroy();
      hold(near);
      connectFrom(to.node, { socket: to.path }).then(
        (far) => {
          hold(far);
          near.pipe(far);
          far.pipe(near);
          near.once("close", () => far.destroy());
          far.once("close", () => near.destroy());
        },
        () => near.destroy(),
      );
    };
    const stop = await transport.listen(from.path, onConnection);
    try {
      return await work();
    } finally {
      stop();
      for (const stream of open) stream.destroy();
    }
  });
}
