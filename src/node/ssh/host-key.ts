import { type HostKeyTarget, type KnownHostsEntry, type KnownHostsFile, lookup, nameWithPort } from "./known-hosts.ts";
import type { Revocation } from "./revoked-host-keys.ts";
import { ssh2Supports } from "./ssh2-abilities.ts";

/** What known_hosts and RevokedHostKeys say of a key a host has shown. */
export type HostKeyVerdict =
  | { readonly kind: "trusted" }
  | { readonly kind: "unknown" }
  /** Other keys, of whatever type, are known for this name or address, and this one is not among them. */
  | { readonly kind: "changed"; readonly entries: readonly KnownHostsEntry[] }
  | Revocation;

/**
 * Judges a host's key by known_hosts as OpenSSH's check_host_key (sshconnect.c) does:
 * a revoked key is refused whatever else is known, a known key is trusted, any other key of the same name means
 * "changed" even when the types differ, and a host on another port than 22 may be known by its name alone.
 * Stricter than OpenSSH in one point: where CheckHostIP is on, an address known with another key is "changed" too.
 */
export function verify(files: readonly KnownHostsFile[], target: HostKeyTarget, keyBlob: Buffer): HostKeyVerdict {
  const { address, ...named } = target;
  const verdict = judge(lookup(files, named), keyBlob);
  const final = verdict.kind === "unknown" ? withoutPort(files, named, keyBlob) : verdict;
  if (address === undefined || address === target.host || (final.kind !== "trusted" && final.kind !== "unknown")) {
    return final;
  }
  const ofAddress = judge(lookup(files, { host: nameWithPort(address, target.port), port: 22 }), keyBlob);
  return ofAddress.kind === "changed" || ofAddress.kind === "revoked" ? ofAddress : final;
}

function judge(entries: readonly KnownHostsEntry[], keyBlob: Buffer): HostKeyVerdict {
  const same = entries.filter((entry) => entry.key.equals(keyBlob));
  const revoked = same.find((entry) => entry.marker === "revoked");
  if (revoked !== undefined) return { kind: "revoked", by: "known_hosts", file: revoked.file, line: revoked.line };
  if (same.some((entry) => entry.marker === undefined)) return { kind: "trusted" };
  const others = entries.filter((entry) => entry.marker === undefined);
  return others.length > 0 ? { kind: "changed", entries: others } : { kind: "unknown" };
}

/** A key known for the bare name holds on every port; a different one there says nothing about this port. */
function withoutPort(files: readonly KnownHostsFile[], target: HostKeyTarget, keyBlob: Buffer): HostKeyVerdict {
  if (target.hostKeyAlias !== undefined || target.port === 22) return { kind: "unknown" };
  const verdict = judge(lookup(files, { ...target, port: 22 }), keyBlob);
  return verdict.kind === "changed" ? { kind: "unknown" } : verdict;
}

/**
 * The ordered list for ssh2's `algorithms.serverHostKey`: those whose keys are known first, so that a host with several
 * keys shows the one that known_hosts has (OpenSSH's order_hostkeyalgs). ssh2's own default order would make a host
 * known by its RSA key alone look changed.
 * @param configured HostKeyAlgorithms of `ssh -G`; what ssh2 lacks is left out
 */
export function preferredHostKeyAlgorithms(
  entries: readonly KnownHostsEntry[],
  configured: readonly string[],
): string[] {
  const usable = configured.filter((algorithm) => ssh2Supports.hostKeyAlgorithm(algorithm));
  return knownFirst(entries, usable);
}

/** Host key algorithms whose keys are known first, each part in the order it had. */
export function knownFirst(entries: readonly KnownHostsEntry[], algorithms: readonly string[]): string[] {
  const known = new Set(entries.filter((entry) => entry.marker === undefined).map((entry) => entry.keyType));
  const isKnown = (algorithm: string) => known.has(algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm);
  return [...algorithms.filter(isKnown), ...algorithms.filter((algorithm) => !isKnown(algorithm))];
}
