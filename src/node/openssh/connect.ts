import { createSessions } from "../full-connection.ts";
import { loginCommand, type NodeSettings } from "../settings.ts";
import { parseCertificate } from "../ssh/certificate.ts";
import { connectDeadline, handshakeDeadline } from "../ssh/deadlines.ts";
import { dialHost } from "../ssh/dial.ts";
import { knownFirst } from "../ssh/host-key.ts";
import { judgeKey, type SeenHostKey, toHostKey } from "../ssh/host-key-policy.ts";
import { keyTypeOf, parsePublicKey } from "../ssh/key-blob.ts";
import { lookup } from "../ssh/known-hosts.ts";
import { findRevocation } from "../ssh/revoked-host-keys.ts";
import type { SshSession } from "../ssh/session.ts";
import type { SshSettings } from "../ssh/ssh-settings.ts";
import type { ConnectOptions, Transport } from "../transport.ts";
import { type LoginOptions, loginArguments, lookArguments } from "./arguments.ts";
import { openChannel } from "./channel.ts";
import { refuseEndlessKnownHosts } from "./endless-file.ts";
import { explainFailure } from "./failure.ts";
import { forward } from "./forward.ts";
import { givenKeys, revokedForAddress } from "./given-keys.ts";
import { faultyCertificate, judgeCertificate } from "./host-key.ts";
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
  const { login, ...facts } = started;
  if (login.kind !== "ready") throw await explainFailure(login, { session, node, ssh, reason, ...facts });
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
 * The key that a node's sshd shows, seen by the system's ssh; nothing is sent to it but a key exchange. Where known_hosts
 * has an authority for the host its certificate is looked at first, as ssh does.
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
  const entries = lookup(files, target);
  const isCertified = (algorithm: string) => algorithm.includes("-cert-v01@");
  // of a certificate the plain key would have to be known
  const plain = knownFirst(
    entries,
    ssh.hostKeyAlgorithms.filter((algorithm) => !isCertified(algorithm)),
  );
  const seePlain = () => lookAtKey(session, node, ssh, options, { reason, algorithms: plain });
  const hasAuthority = entries.some(({ marker }) => marker === "cert-authority");
  const algorithms = [...ssh.hostKeyAlgorithms.filter(isCertified), ...plain];
  const first = hasAuthority ? await lookAtKey(session, node, ssh, options, { reason, algorithms }) : await seePlain();
  const certificate = parseCertificate(first.key);
  const verdict =
    certificate &&
    ((await findRevocation(ssh.revokedHostKeys, certificate.key)) ??
      judgeCertificate(certificate, target, [...entries, ...revokedForAddress(files, ssh, first.address)]));
  // its key may be another than the one that is known, which the host may have as well
  const { key, address } = certificate !== undefined && verdict === undefined ? await seePlain() : first;
  const whole = { ...target, address: ssh.checkHostIp ? address : undefined };
  const policy = { settings: ssh, target: whole, files, address, remember: session.remember };
  if (certificate === undefined || verdict === undefined)
    return { hostKey: toHostKey(node.name, key, policy), verdict: await judgeKey(key, policy) };
  const hostKey = toHostKey(node.name, certificate.key, policy);
  if (verdict.kind === "faulty") throw faultyCertificate(target, verdict.fault, loginCommand(node, "-v").trim());
  if (verdict.kind === "revoked") return { hostKey, verdict };
  const plainKeys = entries.filter(
    ({ marker, keyType }) => marker === undefined && keyType === keyTypeOf(certificate.key),
  );
  const outdated = plainKeys.some((entry) => entry.key.equals(certificate.key)) ? [] : plainKeys;
  return { hostKey, verdict: { kind: "trusted" }, authority: verdict.authority, outdated };
}

/**
 * The first host key or certificate that ssh is shown.
 * @param algorithms HostKeyAlgorithms in the order to ask for
 */
async function lookAtKey(
  session: SshSession,
  node: NodeSettings,
  ssh: SshSettings,
  options: ConnectOptions,
  { reason, algorithms }: { readonly reason: string; readonly algorithms: readonly string[] },
): Promise<{ readonly key: Buffer; readonly address: string | undefined }> {
  const look = (login: LoginOptions) => lookArguments(node, ssh, login, algorithms);
  const { login, ...facts } = await start(session, node, ssh, options, look);
  if (login.kind === "ready") {
    login.master.close();
    throw new Error("ssh went on with a host whose key it could not know");
  }
  const key = login.shown.key === undefined ? undefined : parsePublicKey(login.shown.key)?.key;
  if (key === undefined) throw await explainFailure(login, { session, node, ssh, reason, ...facts });
  return { key, address: facts.address };
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
  const given = await givenKeys(session, ssh, address);
  const seconds = direct ? handshakeDeadline : deadline + handshakeDeadline;
  const login = await startMaster({
    argv: (directory) => {
      const jump = jumps.length > 0 ? jumpCommand(jumps, configFile, directory) : undefined;
      return argv({ configFile, direct, jump, seconds, directory, given });
    },
    socket,
    jumps: jumps.length,
    env,
    seconds,
    signal: options.signal,
  });
  return { login, seconds, address, jumps };
}
