import { type AgentKey, listAgentKeys } from "./agent-keys.ts";
import { isCertificate, type KeyFile, type KeyFileFault, readKeyFile } from "./key-file.ts";
import { matchesPatternList } from "./pattern.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** A key to offer to a host. */
export type Identity = AgentIdentity | FileIdentity;

interface AgentIdentity extends AgentKey {
  readonly kind: "agent";
  /** The IdentityFile that names the same key. */
  readonly path?: string;
}

export interface FileIdentity {
  readonly kind: "file";
  readonly path: string;
  /** Wants a passphrase. */
  readonly encrypted: boolean;
  /** What it is encrypted with, where its file says so. */
  readonly cipher?: string;
  /** Unknown for a PEM file without its `.pub`. */
  readonly keyType?: string;
}

/** A key file that is there and is not offered. */
interface SkippedIdentity {
  readonly path: string;
  /** `not-accepted`: PubkeyAcceptedAlgorithms leaves its type out. */
  readonly reason: KeyFileFault | "not-accepted";
}

export interface Identities {
  /** In the order to offer them; some may be of kinds that ssh2 lacks (`needsOpenSsh`). */
  readonly offered: readonly Identity[];
  readonly skipped: readonly SkippedIdentity[];
  /** Paths of certificates that OpenSSH would offer. */
  readonly certificates: readonly string[];
}

export interface FindOptions {
  /** The account's: its own key files must be closed to others. */
  readonly uid: number;
  /** Path of the identity that mclu.conf or the command line names. */
  readonly explicit?: string | undefined;
  readonly listKeys?: (socketPath: string) => Promise<readonly AgentKey[]>;
}

/**
 * Which keys OpenSSH would offer, in its order (pubkey_prepare of sshconnect2.c): keys of the agent that are also
 * IdentityFiles, the agent's others unless IdentitiesOnly, then files. One difference: an explicit identity comes before
 * everything, because servers close the connection after six keys (MaxAuthTries) and an agent may hold more.
 */
export async function findIdentities(settings: SshSettings, options: FindOptions): Promise<Identities> {
  if (!settings.pubkeyAuthentication) return { offered: [], skipped: [], certificates: [] };
  const { uid, explicit, listKeys = listAgentKeys } = options;
  const paths = [...new Set(settings.identityFiles)];
  const [held, files, certificates] = await Promise.all([
    settings.identityAgent === undefined ? [] : listKeys(settings.identityAgent),
    Promise.all(paths.map((path) => readKeyFile(path, uid))),
    certificatesOf(settings, paths),
  ]);
  const { inAgent, onDisk } = arrange(
    held,
    files.filter((file) => file !== undefined),
    settings.identitiesOnly,
  );
  const offered = [
    ...inAgent.filter((key) => accepts(settings, key.keyType)),
    ...onDisk.flatMap((file) => (accepts(settings, file.publicKey?.keyType) ? fileIdentity(file) : [])),
  ];
  const isExplicit = ({ path }: Identity) => explicit !== undefined && path === explicit;
  return {
    offered: [...offered.filter(isExplicit), ...offered.filter((identity) => !isExplicit(identity))],
    skipped: onDisk.flatMap((file) => skippedIdentity(file, settings)),
    certificates,
  };
}

/** Pairs the agent's keys with the files that name them; `onDisk` are the files that the agent cannot stand in for. */
function arrange(
  held: readonly AgentKey[],
  files: readonly KeyFile[],
  identitiesOnly: boolean,
): { inAgent: AgentIdentity[]; onDisk: KeyFile[] } {
  const named: AgentIdentity[] = [];
  const others: AgentIdentity[] = [];
  const paired = new Set<KeyFile>();
  for (const key of held) {
    const file = files.find((file) => !paired.has(file) && file.publicKey?.key.equals(key.key));
    if (file !== undefined) {
      paired.add(file);
      named.push({ kind: "agent", ...key, path: file.path });
    } else if (!identitiesOnly) {
      others.push({ kind: "agent", ...key });
    }
  }
  return { inAgent: [...named, ...others], onDisk: files.filter((file) => !paired.has(file)) };
}

function fileIdentity({ path, publicKey, state }: KeyFile): FileIdentity[] {
  if (state.kind !== "usable") return [];
  const keyType = publicKey === undefined ? {} : { keyType: publicKey.keyType };
  const { kind: _, ...secrecy } = state;
  return [{ kind: "file", path, ...secrecy, ...keyType }];
}

function skippedIdentity({ path, publicKey, state }: KeyFile, settings: SshSettings): SkippedIdentity[] {
  if (state.kind !== "usable") return [{ path, reason: state.kind }];
  return accepts(settings, publicKey?.keyType) ? [] : [{ path, reason: "not-accepted" }];
}

/** CertificateFile, or else `KEY-cert.pub` beside each identity; those that are there. */
async function certificatesOf(settings: SshSettings, identityPaths: readonly string[]): Promise<string[]> {
  const named = settings.certificateFiles;
  const paths = named.length > 0 ? named : identityPaths.map((path) => `${path}-cert.pub`);
  const found = await Promise.all(paths.map(isCertificate));
  return paths.filter((_, index) => found[index]);
}

/** PubkeyAcceptedAlgorithms; an RSA key is meant by its signature algorithms too. An unknown type may pass. */
function accepts({ pubkeyAcceptedAlgorithms }: SshSettings, keyType: string | undefined): boolean {
  if (keyType === undefined || pubkeyAcceptedAlgorithms.length === 0) return true;
  const names = keyType === "ssh-rsa" ? ["ssh-rsa", "rsa-sha2-512", "rsa-sha2-256"] : [keyType];
  return names.some((name) => matchesPatternList(name, pubkeyAcceptedAlgorithms.join(",")));
}
