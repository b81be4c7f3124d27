import { createSessions } from "../full-connection.ts";
import { loginCommand, type NodeSettings } from "../settings.ts";
import type { ConnectOptions, Transport } from "../transport.ts";
import { openChannel } from "./channel.ts";
import { endClient } from "./client.ts";
import { forward } from "./forward.ts";
import type { SeenHostKey } from "./host-key-policy.ts";
import { listen } from "./listen.ts";
import type { SshSession } from "./session.ts";
import { SshConnection } from "./ssh-connection.ts";

/** Connects to a node over ssh2 the way `ssh NODE` would. Rejects with NodeError. */
export async function connectSsh(
  session: SshSession,
  settings: NodeSettings,
  options: ConnectOptions,
): Promise<Transport> {
  const ssh = await session.resolve(settings.host, settings);
  const client = await new SshConnection(session, settings, options).open(ssh);
  const login = loginCommand(settings);
  const inSession = createSessions();
  return {
    use: { kind: "ssh" },
    open: (command, terminal, seconds) => inSession(() => openChannel(client, command, login, terminal), seconds),
    connect: (to) => forward(client, to, login),
    listen: (path, onConnection) => listen(client, path, onConnection, login),
    close: () => endClient(client),
  };
}

/**
 * The key that a node's sshd shows. Nothing is sent to it but a key exchange: no user name, no key. Jump hosts before it
 * are logged in to. Rejects with NodeError, with UnknownHostKeyError for a jump host that is not known yet.
 */
export async function seeHostKey(
  session: SshSession,
  settings: NodeSettings,
  options: ConnectOptions,
): Promise<SeenHostKey> {
  const ssh = await session.resolve(settings.host, settings);
  return new SshConnection(session, settings, options).see(ssh);
}
