import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { connectionLost, failed } from "../failure.ts";
import type { Destination } from "../transport.ts";

/** RFC 4254, 5.1: why a channel was not opened. */
const administrativelyProhibited = 1;

/**
 * A connection that the node's sshd makes for us; it errs with NodeError `lost` where our own connection goes before it has
 * ended. Rejects with NodeError: `denied` where it may not, `refused` where nobody answers there, `lost` where our own
 * connection went.
 * @param login `loginCommand` of the node, for hints
 */
export function forward(client: Client, to: Destination, login: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const settle = (error: unknown, stream?: ClientChannel) => {
      client.off("close", onClose);
      if (stream) resolve(failWith(client, stream));
      else reject(explain(error, to, login));
    };
    // a connection that ends meanwhile never calls back
    const onClose = () => settle("the connection was closed");
    client.once("close", onClose);
    try {
      if ("socket" in to) client.openssh_forwardOutStreamLocal(to.socket, settle);
      else client.forwardOut("127.0.0.1", 0, to.host, to.port, settle);
    } catch (error) {
      // "Not connected" is thrown, not called back
      settle(error);
    }
  });
}

/** To ssh2 (1.17) a connection that goes is a channel's end like any other, and its `destroy` forgets the error it is given. */
function failWith(client: Client, stream: ClientChannel): Duplex {
  const onLost = () => stream.emit("error", connectionLost());
  client.once("close", onLost);
  return stream.on("error", () => undefined).once("close", () => client.off("close", onLost));
}

function explain(error: unknown, to: Destination, login: string) {
  const said = error instanceof Error ? error.message : String(error);
  const reason = error instanceof Error && "reason" in error ? error.reason : undefined;
  const where = "socket" in to ? to.socket : `${to.host} port ${to.port}`;
  if (reason === undefined) return failed("lost", said, "mclu status", error);
  if (reason === administrativelyProhibited)
    return failed("denied", `its sshd forwards no connection to ${where}`, `${login}sudo sshd -T`, error);
  return failed("refused", `from there nobody answers at ${where}: ${said}`, `${login}ss -tlnx`, error);
}
