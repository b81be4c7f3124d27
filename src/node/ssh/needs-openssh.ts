import type { Identities, Identity } from "./identities.ts";
import type { KnownHostsEntry } from "./known-hosts.ts";
import type { SshSettings } from "./ssh-settings.ts";
import { ssh2Supports } from "./ssh2-abilities.ts";

/** Why OpenSSH may reach a host where ssh2 cannot. */
export interface OpenSshNeed {
  /** A phrase for `doctor` and errors: `FIDO key ~/.ssh/id_ed25519_sk`. */
  readonly reason: string;
  /**
   * `before`: ssh2 would fail, or would trust what OpenSSH would not.
   * `after-auth-failure`: other keys may do; worth OpenSSH once the host has refused them.
   * `after-host-key`: the known key may do; worth OpenSSH once the host has shown another.
   */
  readonly when: "before" | "after-auth-failure" | "after-host-key";
  /** The way to log in that the host must still take for it, as SSH's protocol calls it (RFC 4252, 4462). */
  readonly method?: string;
}

/** Ways to log in without a key, each after the setting that allows it. */
const otherLogins = [
  { keyword: "GSSAPIAuthentication", setting: "gssapiAuthentication", method: "gssapi-with-mic" },
  { keyword: "HostbasedAuthentication", setting: "hostbasedAuthentication", method: "hostbased" },
] as const;

/**
 * What a host's settings ask of OpenSSH that ssh2 lacks; empty: ssh2 serves.
 * A server that allows nothing but post-quantum key exchange shows only in the handshake: ssh2's error then says
 * "no matching key exchange algorithm".
 * @param knownHosts what `lookup` gives for the host
 */
export function needsOpenSsh(
  settings: SshSettings,
  identities: Identities,
  knownHosts: readonly KnownHostsEntry[],
): OpenSshNeed[] {
  const before = [...ofAlgorithms(settings), ...ofHostKeys(settings, knownHosts), ...ofLogin(settings, identities)];
  return [
    ...before.map((reason) => ({ reason, when: "before" as const })),
    ...ofFidoKeys(identities.offered),
    ...ofAuthorities(knownHosts),
    ...ofOtherLogins(settings, identities),
  ];
}

function ofAlgorithms(settings: SshSettings): string[] {
  const checks = [
    ["KexAlgorithms", settings.kexAlgorithms, ssh2Supports.keyExchange],
    ["HostKeyAlgorithms", settings.hostKeyAlgorithms, ssh2Supports.hostKeyAlgorithm],
    ["Ciphers", settings.ciphers, ssh2Supports.cipher],
    ["MACs", settings.macs, ssh2Supports.mac],
  ] as const;
  return checks
    .filter(([, names, supports]) => names.length > 0 && !names.some(supports))
    .map(([keyword, names]) => `${keyword} ${names.join(",")}`);
}

function ofHostKeys(settings: SshSettings, knownHosts: readonly KnownHostsEntry[]): string[] {
  const reasons: string[] = [];
  const plain = knownHosts.filter((entry) => entry.marker === undefined);
  const [first] = plain;
  if (first !== undefined && !plain.some((entry) => ssh2Supports.keyType(entry.keyType))) {
    reasons.push(`host key type ${first.keyType} in ${first.file}:${first.line}`);
  }
  if (settings.knownHostsCommand !== undefined) reasons.push("KnownHostsCommand");
  if (settings.revokedHostKeys.length > 0) reasons.push("RevokedHostKeys");
  return reasons;
}

/** An authority: at once where nothing else is known of the host, else when it shows another key than the known one. */
function ofAuthorities(knownHosts: readonly KnownHostsEntry[]): OpenSshNeed[] {
  const authority = knownHosts.find((entry) => entry.marker === "cert-authority");
  if (authority === undefined) return [];
  const reason = `@cert-authority in ${authority.file}:${authority.line}`;
  if (!knownHosts.some((entry) => entry.marker === undefined)) return [{ reason, when: "before" }];
  // of a revoked key OpenSSH takes no certificate either (9.2)
  return [{ reason, when: "after-host-key" }];
}

function ofLogin(settings: SshSettings, { offered, certificates }: Identities): string[] {
  const reasons = certificates.map((path) => `certificate ${path}`);
  for (const identity of offered) {
    if (identity.keyType?.includes("-cert-v01@")) reasons.push(`certificate ${nameOf(identity)}`);
  }
  if (settings.pkcs11Provider !== undefined) reasons.push(`PKCS11Provider ${settings.pkcs11Provider}`);
  if (settings.proxyUseFdpass && settings.proxyCommand !== undefined) reasons.push("ProxyUseFDPass");
  if (offered.length === 0)
    for (const { keyword, setting } of otherLogins)
      if (settings[setting]) reasons.push(`no key to offer, ${keyword} is on`);
  return reasons;
}

/** Kerberos and the like, beside keys: many have GSSAPIAuthentication on (Debian's ssh does), and few hosts take it. */
function ofOtherLogins(settings: SshSettings, { offered }: Identities): OpenSshNeed[] {
  const on = offered.length === 0 ? [] : otherLogins.filter(({ setting }) => settings[setting]);
  return on.map(({ keyword, method }) => ({ reason: `${keyword} is on`, when: "after-auth-failure", method }));
}

/** FIDO keys: at once where they come first or nothing else is there, else only when the other keys were refused. */
function ofFidoKeys(offered: readonly Identity[]): OpenSshNeed[] {
  const isFido = ({ keyType }: Identity) => keyType?.startsWith("sk-") === true && !keyType.includes("-cert-v01@");
  const [first] = offered;
  const when = first !== undefined && isFido(first) ? "before" : "after-auth-failure";
  return offered.filter(isFido).map((identity) => ({ reason: `FIDO key ${nameOf(identity)}`, when }));
}

function nameOf(identity: Identity): string {
  return identity.path ?? (identity.kind === "agent" ? `${identity.comment} of the agent` : identity.path);
}
