import { failed, type NodeError } from "../failure.ts";
import { loginCommand } from "../settings.ts";
import { type Certificate, parseCertificate } from "../ssh/certificate.ts";
import { seeHostKey } from "../ssh/connect.ts";
import { judgeHostKey, refusedKey } from "../ssh/host-key-policy.ts";
import { jumpFailed } from "../ssh/jump-failed.ts";
import { parsePublicKey } from "../ssh/key-blob.ts";
import { type HostKeyTarget, knownHostsName, lookup, parseKnownHosts } from "../ssh/known-hosts.ts";
import { matchesPattern } from "../ssh/pattern.ts";
import type { LoginContext } from "./failure.ts";
import type { Jump } from "./jump-command.ts";
import type { Shown } from "./master.ts";

/**
 * What ssh must have made of the key that a host has shown; undefined: it has accepted it.
 * @param shown `TYPE BASE64`; perhaps a certificate
 * @param commandKeys what the user's KnownHostsCommand printed
 * @param context whose key it is
 */
export async function judgeShownKey(
  shown: string,
  commandKeys: string,
  { session, node, ssh }: Pick<LoginContext, "session" | "node" | "ssh">,
): Promise<NodeError | undefined> {
  const publicKey = parsePublicKey(shown);
  if (publicKey === undefined) return failed("protocol", "the host's key is none", loginCommand(node, "-v").trim());
  const target: HostKeyTarget = { host: ssh.hostname, port: ssh.port, hostKeyAlias: ssh.hostKeyAlias };
  const name = knownHostsName(target);
  const ofFiles = await session.knownHosts([...ssh.userKnownHostsFiles, ...ssh.globalKnownHostsFiles]);
  const files = [...ofFiles, parseKnownHosts(commandKeys, "KnownHostsCommand")];
  const certificate = parseCertificate(publicKey.key);
  const isAuthority = (key: Buffer) =>
    lookup(files, target).some((entry) => entry.marker === "cert-authority" && entry.key.equals(key));
  if (certificate !== undefined && isAuthority(certificate.authority)) {
    const fault = certificateFault(certificate, ssh.hostKeyAlias ?? ssh.hostname);
    if (fault === undefined) return undefined;
    return failed("host-key-unknown", `the certificate of ${name} ${fault}`, loginCommand(node, "-v").trim());
  }
  const key = certificate?.key ?? publicKey.key;
  // where unknown keys are accepted, ssh has remembered it itself
  const remember = () => Promise.resolve();
  return judgeHostKey(node.name, key, { settings: ssh, target, files, address: undefined, remember });
}

/** The jump host, the nearest first, whose key ssh must have refused; undefined: it was something else. */
export async function judgeJumpKeys(
  jumps: readonly Jump[],
  shown: readonly Shown[],
  { session, node }: Pick<LoginContext, "session" | "node">,
): Promise<unknown> {
  for (const [number, { hop, own: ssh }] of jumps.entries()) {
    const { key, commandKeys } = shown[number] ?? {};
    if (key === undefined || commandKeys === undefined) return undefined;
    const { user: _user, port: _port, ...rest } = node;
    const refusal = await judgeShownKey(key, commandKeys, { session, node: { ...rest, ...hop }, ssh });
    if (refusal !== undefined) return jumpFailed(refusal, hop);
  }
  return undefined;
}

/** Why a certificate of a known authority does not count; a phrase that goes on from its name. */
function certificateFault(certificate: Certificate, host: string): string | undefined {
  const { principals, validAfter, validBefore } = certificate;
  const now = BigInt(Math.floor(Date.now() / 1000));
  if (now < validAfter) return "is not valid yet: one of the two clocks is wrong, or it is for later";
  if (now >= validBefore) return `expired on ${new Date(Number(validBefore) * 1000).toISOString()}`;
  const isFor = principals.some((principal) => matchesPattern(host.toLowerCase(), principal.toLowerCase()));
  return isFor || principals.length === 0 ? undefined : `is for ${principals.join(", ")}`;
}

/**
 * Whether it was RevokedHostKeys that ended the login: ssh looks there before it shows the key to anyone, so it takes
 * another connection to see the key.
 */
export async function judgeByRevokedHostKeys({ session, node, ssh }: LoginContext): Promise<NodeError | undefined> {
  if (ssh.revokedHostKeys.length === 0) return undefined;
  const seen = await seeHostKey(session, node, { patient: true }).catch(() => undefined);
  if (seen === undefined) return undefined;
  return seen.verdict.kind === "revoked" ? refusedKey(seen.verdict, seen.hostKey) : undefined;
}
