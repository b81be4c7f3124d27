import { createSessions } from "../full-connection.ts";
import { loginCommand, type NodeSettings } from "../settings.ts";
import { connectDeadline, handshakeDeadline } from "../ssh/deadlines.ts";
import { dialHost } from "../ssh/dial.ts";
import { knownFirst } from "../ssh/host-key.ts";
import { judgeKey, type SeenHostKey, toHostKey } from "../ssh/host-key-policy.ts";
import { parsePublicKey } from "../ssh/key-blob.ts";
import { lookup } from "../ssh/known-hosts.ts";
import type { SshSession } from "../ssh/session.ts";
import type { SshSettings } from "../ssh/ssh-settings.ts";
import type { ConnectOptions, Transport } from "../transport.ts";
import { type LoginOptions, loginArguments, lookArguments } from "./arguments.ts";
import { openChannel } from "./channel.ts";
import { refuseEndlessKnownHosts } from "./endless-file.ts";
import { explainFailure } from "./failure.ts";
import { forward } from "./forward.ts";
import { jumpCommand, jumpsOf } from "./jump-command.ts";
import { startMaster } from "./master.ts";

/**
 * Connects to a node with the system's ssh: one login, whose master process carries a channel for every command.
 * mclu makes the TCP connection itself where the host is reached directly, so that a host that is off, refuses or has no
 * address is told apart by errno; ssh takes it over.
 * @param why a phrase why ssh2 does not serve; `strict`: no unknown key is accepted, whatever is configured
 * Rejects with NodeError.
 */
export async function connectOpenSsh(
  session: SshSession,
  node: NodeSettings,
  options: ConnectOptions,
  { reason, strict = false }: { readonly reason: string; readonly strict?: boolean | undefined },
): Promise<Transport> {
  const resolved = await session.resolve(node.host, node);
  const accepts = /^(no|accept-new)$/.test(resolved.strictHostKeyChecking);
  const ssh = strict && accepts ? { ...resolved, strictHostKeyChecking: "yes" as const } : resolved;
  const started = await start(session, node, ssh, options, (login) => loginArguments(node, ssh, login));
  const { login, seconds, jumps } = started;
  if (login.kind !== "ready") throw await explainFailure(login, { session, node, ssh, reason, seconds, jumps });
  const { master } = login;
  const way = { master, host: node.host, env: session.env, login: loginCommand(node) };
  const inSession = createSessions();
  return {
    use: { kind: "openssh", reason },
    open: (command, terminal, seconds, first) =>
      inSession(() => openChannel(way, command, { terminal: terminal !== undefined, first }), seconds),
    connect: (to) => forward(master, node.host, to, session.env),
    close: () => master.close(),
  };
}

/**
 * The key that a node's sshd shows, seen by the system's ssh; nothing is sent to it but a key exchange.
 * @param reason why ssh2 does not serve, a phrase
 * Rejects with NodeError.
 */
export async function seeHostKeyByOpenSsh(
  session: SshSession,
  node: NodeSettings,
  options: ConnectOptions,
  reason: string,
): Promise<SeenHostKey> {
  const ssh = await session.resolve(node.host, node);
  const files = await session.knownHosts([...ssh.userKnownHostsFiles, ...ssh.globalKnownHostsFiles]);
  const { hostname: host, port, hostKeyAlias } = ssh;
  const target = { host, port, hostKeyAlias };
  // of a certificate the plain key would have to be known
  const plain = ssh.hostKeyAlgorithms.filter((algorithm) => !algorithm.includes("-cert-v01@"));
  const algorithms = knownFirst(lookup(files, target), plain);
  const look = (login: LoginOptions) => lookArguments(node, ssh, login, algorithms);
  const { login, seconds, address, jumps } = await start(session, node, ssh, options, look);
  if (login.kind === "ready") {
    login.master.close();
    throw new Error("ssh went on with a host whose key it could not know");
  }
  const key = login.shown.key === undefined ? undefined : parsePublicKey(login.shown.key)?.key;
  if (key === undefined) throw await explainFailure(login, { session, node, ssh, reason, seconds, jumps });
  const whole = { ...target, address: ssh.checkHostIp ? address : undefined };
  const policy = { settings: ssh, target: whole, files, address, remember: session.remember };
  return { hostKey: toHostKey(node.name, key, policy), verdict: await judgeKey(key, policy) };
}

async function start(
  session: SshSession,
  node: NodeSettings,
  ssh: SshSettings,
  options: ConnectOptions,
  argv: (login: LoginOptions) => readonly string[],
) {
  const { env } = session;
  await refuseEndlessKnownHosts(ssh);
  const configFile = env.MCLU_SSH_CONFIG || undefined;
  const jumps = await jumpsOf(session, ssh.proxyJump);
  const direct = ssh.proxyCommand === undefined && ssh.proxyJump.length === 0;
  const deadline = connectDeadline(node, ssh, options.patient || !direct);
  const socket = direct ? await dialHost(ssh, { node: node.name, deadline }, options.signal) : undefined;
  const address = socket?.remoteAddress;
  const seconds = direct ? handshakeDeadline : deadline + handshakeDeadline;
  const login = await startMaster({
    argv: (directory) => {
      const jump = jumps.length > 0 ? jumpCommand(jumps, configFile, directory) : undefined;
      return argv({ configFile, direct, jump, seconds, directory });
    },
    socket,
    jumps: jumps.length,
    env,
    seconds,
    signal: options.signal,
  });
  return { login, seconds, address, jumps };
}
