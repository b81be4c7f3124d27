import type { NodeSettings } from "../settings.ts";
import { connectDeadline, handshakeDeadline } from "../ssh/deadlines.ts";
import { dialHost } from "../ssh/dial.ts";
import type { SshSession } from "../ssh/session.ts";
import type { ConnectOptions, Transport } from "../transport.ts";
import { loginArguments } from "./arguments.ts";
import { openChannel } from "./channel.ts";
import { explainFailure } from "./failure.ts";
import { startMaster } from "./master.ts";

/**
 * Connects to a node with the system's ssh: one login, whose master process carries a channel for every command.
 * mclu makes the TCP connection itself where the host is reached directly, so that a host that is off, refuses or has no
 * address is told apart by errno; ssh takes it over.
 * @param reason why ssh2 does not serve, a phrase
 * Rejects with NodeError.
 */
export async function connectOpenSsh(
  session: SshSession,
  node: NodeSettings,
  options: ConnectOptions,
  reason: string,
): Promise<Transport> {
  const ssh = await session.resolve(node.host, node);
  const direct = ssh.proxyCommand === undefined && ssh.proxyJump.length === 0;
  const deadline = connectDeadline(node, ssh, options.patient || !direct);
  const socket = direct ? await dialHost(ssh, { node: node.name, deadline }, options.signal) : undefined;
  const seconds = direct ? handshakeDeadline : deadline + handshakeDeadline;
  const { env } = session;
  const login = await startMaster({
    argv: (directory) => loginArguments(node, ssh, { configFile: env.MCLU_SSH_CONFIG, direct, seconds, directory }),
    socket,
    env,
    seconds,
    signal: options.signal,
  });
  if (login.kind !== "ready") throw await explainFailure(login, { session, node, ssh, reason, seconds });
  const { master } = login;
  return {
    use: { kind: "openssh", reason },
    open: async (command) => openChannel(master, node.host, command, env),
    close: () => master.close(),
  };
}
