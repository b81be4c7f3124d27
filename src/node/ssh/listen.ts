import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { failed } from "../failure.ts";

/**
 * Has the node's sshd listen on a Unix socket, which only the login and root may open, for as long as the connection lasts;
 * gives what ends that. Rejects with NodeError where it may not.
 * @param login `loginCommand` of the node, for hints
 */
export function listen(
  client: Client,
  path: string,
  onConnection: (stream: Duplex) => void,
  login: string,
): Promise<() => void> {
  const onUnix = (details: { readonly socketPath: string }, accept: () => Duplex, reject: () => void) => {
    if (details.socketPath === path) onConnection(accept());
    else reject();
  };
  return new Promise((resolve, reject) => {
    const settle = (error: unknown) => {
      client.off("close", onClose);
      if (error === undefined || error === null) {
        client.on("unix connection", onUnix);
        resolve(() => {
          client.off("unix connection", onUnix);
          // a connection that is over listens no more
          try {
            client.openssh_unforwardInStreamLocal(path, () => undefined);
          } catch {}
        });
      } else {
        const said = error instanceof Error ? error.message : String(error);
        reject(failed("denied", `its sshd listens on no socket for us: ${said}`, `${login}sudo sshd -T`, error));
      }
    };
    const onClose = () => settle(new Error("the connection was closed"));
    client.once("close", onClose);
    try {
      client.openssh_forwardInStreamLocal(path, settle);
    } catch (error) {
      settle(error);
    }
  });
}
