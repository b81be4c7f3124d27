import { NodeError, reasonOf } from "./failure.ts";
import { connectOpenSsh, seeHostKeyByOpenSsh } from "./openssh/connect.ts";
import type { NodeSettings } from "./settings.ts";
import { connectSsh, seeHostKey } from "./ssh/connect.ts";
import type { SeenHostKey } from "./ssh/host-key-policy.ts";
import { lookup } from "./ssh/known-hosts.ts";
import { hasRoomForSsh2, tooFewAddresses } from "./ssh/load-ssh2.ts";
import { LoginRefused } from "./ssh/login-attempts.ts";
import { needsOpenSsh, type OpenSshNeed } from "./ssh/needs-openssh.ts";
import type { SshSession } from "./ssh/session.ts";
import type { SshSettings } from "./ssh/ssh-settings.ts";
import type { ConnectOptions, Transport } from "./transport.ts";

/**
 * Connects to a node as its `transport` says; `auto` is ssh2, or the system's ssh where ssh2 cannot serve.
 * Rejects with NodeError.
 */
export function connectNode(session: SshSession, node: NodeSettings, options: ConnectOptions): Promise<Transport> {
  return reach(session, node, {
    ssh2: () => connectSsh(session, node, options),
    openSsh: (reason, strict) => connectOpenSsh(session, node, options, { reason, strict }),
  });
}

/**
 * The key that a node's sshd shows, seen by what would connect to it. Nothing is sent to the node but a key exchange; jump
 * hosts before it are logged in to. Rejects with NodeError, with UnknownHostKeyError for a jump host that is not known yet.
 */
export function seeNodeHostKey(session: SshSession, node: NodeSettings, options: ConnectOptions): Promise<SeenHostKey> {
  const openSsh = (reason: string) => seeHostKeyByOpenSsh(session, node, options, reason);
  const ssh2 = async () => {
    const seen = await seeHostKey(session, node, options);
    if (node.transport === "ssh" || seen.verdict.kind !== "changed") return seen;
    // a certificate may count where the key that is known does not any more
    const needs = await needsOf(session, node);
    const authority = needs.find(({ when, ofJump }) => when === "after-host-key" && ofJump === undefined);
    return authority === undefined ? seen : openSsh(authority.reason);
  };
  return reach(session, node, { ssh2, openSsh });
}

interface Ways<T> {
  readonly ssh2: () => Promise<T>;
  /** @param strict known keys and certificates alone */
  readonly openSsh: (reason: string, strict?: boolean) => Promise<T>;
}

async function reach<T>(session: SshSession, node: NodeSettings, { ssh2, openSsh }: Ways<T>): Promise<T> {
  if (node.transport === "ssh") return ssh2();
  if (node.transport === "openssh") return openSsh("transport = openssh");
  if (!hasRoomForSsh2()) return openSsh(tooFewAddresses);
  const needs = await needsOf(session, node);
  const known = needs.find(({ when }) => when === "before");
  if (known !== undefined) return openSsh(known.reason);
  try {
    return await ssh2();
  } catch (error) {
    const reason = whatOpenSshMayMend(error, needs);
    if (reason !== undefined) return openSsh(reason);
    const authority = whoMayCertify(error, needs);
    if (authority === undefined) throw error;
    return openSsh(authority, true);
  }
}

interface NeedOnTheWay extends OpenSshNeed {
  /** It is a jump host that has it. */
  readonly ofJump?: true;
}

/** What the node, or a jump host before it, asks of OpenSSH. */
async function needsOf(session: SshSession, node: NodeSettings): Promise<NeedOnTheWay[]> {
  const ssh = await session.resolve(node.host, node);
  const own = await needsOfHost(session, ssh, node.identity);
  const ofJumps = ssh.proxyJump.map(async (hop) => {
    // settings that ssh refuses are an error of the connection, which comes to them by itself
    const settings = await session.resolve(hop.host, hop).catch(() => undefined);
    const needs = settings === undefined ? [] : await needsOfHost(session, settings, node.identity);
    return needs.map((need) => ({ ...need, reason: `jump host ${hop.host}: ${need.reason}`, ofJump: true as const }));
  });
  return [...own, ...(await Promise.all(ofJumps)).flat()];
}

async function needsOfHost(
  session: SshSession,
  ssh: SshSettings,
  identity: string | undefined,
): Promise<OpenSshNeed[]> {
  const [files, identities] = await Promise.all([
    session.knownHosts([...ssh.userKnownHostsFiles, ...ssh.globalKnownHostsFiles]),
    session.keys.find(ssh, identity),
  ]);
  const { hostname: host, port, hostKeyAlias } = ssh;
  return needsOpenSsh(ssh, identities, lookup(files, { host, port, hostKeyAlias }));
}

/** Why OpenSSH may succeed where ssh2 has failed with this error; undefined: it would fail as well. */
function whatOpenSshMayMend(error: unknown, needs: readonly OpenSshNeed[]): string | undefined {
  // the failure of a jump host lies beneath the node's
  for (let at = error; at instanceof NodeError; at = at.cause) {
    const { silence } = at;
    if (silence.state === "off") return undefined;
    if (silence.reason === "auth") {
      const accepts = at instanceof LoginRefused ? at.accepts : undefined;
      const serves = ({ when, method }: OpenSshNeed) =>
        when === "after-auth-failure" && (method === undefined || accepts === undefined || accepts.includes(method));
      return needs.find(serves)?.reason;
    }
    // no key exchange in common, say; a host key that was refused has a reason of its own
    if (silence.reason === "protocol" && isHandshakeError(at.cause)) return `ssh2: ${at.cause.message}`;
  }
  return undefined;
}

/** The authority that may have certified the key which a host has shown in place of the one that is known. */
function whoMayCertify(error: unknown, needs: readonly NeedOnTheWay[]): string | undefined {
  const isChange = (of: unknown): of is NodeError => of instanceof NodeError && reasonOf(of) === "host-key-changed";
  const ofNode = isChange(error);
  if (!ofNode && !(error instanceof NodeError && isChange(error.cause))) return undefined;
  return needs.find(({ when, ofJump }) => when === "after-host-key" && (ofJump === undefined) === ofNode)?.reason;
}

function isHandshakeError(error: unknown): error is Error {
  return error instanceof Error && "level" in error && error.level === "handshake";
}
