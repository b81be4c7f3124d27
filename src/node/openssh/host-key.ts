import { failed, type NodeError } from "../failure.ts";
import { loginCommand } from "../settings.ts";
import { type Certificate, parseCertificate } from "../ssh/certificate.ts";
import { seeHostKey } from "../ssh/connect.ts";
import { judgeHostKey, refusedKey, toHostKey } from "../ssh/host-key-policy.ts";
import { jumpFailed } from "../ssh/jump-failed.ts";
import { parsePublicKey } from "../ssh/key-blob.ts";
import {
  type HostKeyTarget,
  type KnownHostsEntry,
  knownHostsName,
  lookup,
  parseKnownHosts,
} from "../ssh/known-hosts.ts";
import { matchesPattern } from "../ssh/pattern.ts";
import type { Revocation } from "../ssh/revoked-host-keys.ts";
import type { LoginContext } from "./failure.ts";
import { revokedForAddress } from "./given-keys.ts";
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
  { session, node, ssh, address }: Pick<LoginContext, "session" | "node" | "ssh" | "address">,
): Promise<NodeError | undefined> {
  const publicKey = parsePublicKey(shown);
  if (publicKey === undefined) return failed("protocol", "the host's key is none", loginCommand(node, "-v").trim());
  const target: HostKeyTarget = { host: ssh.hostname, port: ssh.port, hostKeyAlias: ssh.hostKeyAlias };
  const ofFiles = await session.knownHosts([...ssh.userKnownHostsFiles, ...ssh.globalKnownHostsFiles]);
  const files = [...ofFiles, parseKnownHosts(commandKeys, "KnownHostsCommand")];
  const certificate = parseCertificate(publicKey.key);
  const ofAddress = revokedForAddress(files, ssh, address);
  const entries = [...lookup(files, target), ...ofAddress];
  const verdict = certificate && judgeCertificate(certificate, target, entries);
  const key = certificate?.key ?? publicKey.key;
  // where unknown keys are accepted, ssh has remembered it itself
  const policy = { settings: ssh, target, files, address: undefined, remember: () => Promise.resolve() };
  switch (verdict?.kind) {
    case "valid":
      return undefined;
    case "faulty":
      return faultyCertificate(target, verdict.fault, loginCommand(node, "-v").trim());
    case "revoked":
      return refusedKey(verdict, toHostKey(node.name, key, policy));
    case undefined: {
      const revoked = ofAddress.find((entry) => entry.key.equals(key));
      if (revoked === undefined) return judgeHostKey(node.name, key, policy);
      const { file, line } = revoked;
      return refusedKey({ kind: "revoked", by: "known_hosts", file, line }, toHostKey(node.name, key, policy));
    }
  }
}

/** What ssh makes of a host's certificate. */
export type CertificateVerdict =
  | { readonly kind: "valid"; readonly authority: KnownHostsEntry }
  /** @param fault a phrase that goes on from the certificate's name */
  | { readonly kind: "faulty"; readonly fault: string }
  /** The key, or that of the authority. */
  | Revocation;

/**
 * Judges a host's certificate as OpenSSH's check_host_key (sshconnect.c) does; undefined: it is of no authority for this
 * host, and the key in it counts like one without a certificate.
 * @param entries what `lookup` gives for the target
 */
export function judgeCertificate(
  certificate: Certificate,
  target: HostKeyTarget,
  entries: readonly KnownHostsEntry[],
): CertificateVerdict | undefined {
  const { key, authority } = certificate;
  const revoked = entries.find(
    (entry) => entry.marker === "revoked" && (entry.key.equals(key) || entry.key.equals(authority)),
  );
  if (revoked !== undefined) return { kind: "revoked", by: "known_hosts", file: revoked.file, line: revoked.line };
  const entry = entries.find((each) => each.marker === "cert-authority" && each.key.equals(authority));
  if (entry === undefined) return undefined;
  const fault = certificateFault(certificate, target.hostKeyAlias ?? target.host);
  return fault === undefined ? { kind: "valid", authority: entry } : { kind: "faulty", fault };
}

/** The failure of a host whose certificate is of its authority, and does not count all the same. */
export function faultyCertificate(target: HostKeyTarget, fault: string, hint: string): NodeError {
  return failed("host-key-unknown", `the certificate of ${knownHostsName(target)} ${fault}`, hint);
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
    const refusal = await judgeShownKey(key, commandKeys, {
      session,
      node: { ...rest, ...hop },
      ssh,
      address: undefined,
    });
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
