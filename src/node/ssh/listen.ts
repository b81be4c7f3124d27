import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { failed } from "../failure.ts";

type OnConnection = (stream: Duplex) => void;

const listeners = new WeakMap<Client, Map<string, OnConnection>>();

/** Where each path of a connection leads. One answers for all of them: sshd ends a connection that answers it twice. */
function pathsOf(client: Client): Map<string, OnConnection> {
  const known = listeners.get(client);
  if (known) return known;
  const paths = new Map<string, OnConnection>();
  client.on("unix connection", ({ socketPath }, accept, reject) => {
    const onConnection = paths.get(socketPath);
    if (onConnection) onConnection(accept());
    else reject();
  });
  listeners.set(client, paths);
  return paths;
}

/**
 * Has the node's sshd listen on a Unix socket for as long as the connection lasts; gives what ends that. Who may open the
 * socket is for sshd's settings to say (`StreamLocalBindMask`, by default the login and root alone): a directory has to keep
 * others away. Rejects with NodeError where it may not.
 * @param login `loginCommand` of the node, for hints
 */
export function listen(client: Client, path: string, onConnection: OnConnection, login: string): Promise<() => void> {
  const paths = pathsOf(client);
  return new Promise((resolve, reject) => {
    const settle = (error: unknown) => {
      client.off("close", onClose);
      if (error === undefined || error === null) {
        paths.set(path, onConnection);
        resolve(() => {
          paths.delete(path);
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
