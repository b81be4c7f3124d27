import { failed, NodeError } from "../failure.ts";
import { quote } from "../shell.ts";
import { type HostKeyVerdict, verify } from "./host-key.ts";
import { fingerprint } from "./key-blob.ts";
import { type HostKeyTarget, type KnownHostsEntry, type KnownHostsFile, knownHostsName } from "./known-hosts.ts";
import { isOutOfFiles, moreFiles } from "./out-of-files.ts";
import { findRevocation, type Revocation } from "./revoked-host-keys.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** A host that showed a key nobody has confirmed yet: what is needed to ask about it and to remember it. */
export interface UnknownHostKey {
  readonly node: string;
  readonly target: HostKeyTarget;
  readonly key: Buffer;
  /** Where the key is to be remembered. */
  readonly file: string;
  readonly hash: boolean;
  /** StrictHostKeyChecking is `ask`: the user may be asked about it in passing. */
  readonly mayAsk: boolean;
  /** The address the key came from, where the connection was direct. */
  readonly address: string | undefined;
}

/** A host key that was looked at, and what known_hosts says of it. */
export interface SeenHostKey {
  readonly hostKey: UnknownHostKey;
  readonly verdict: HostKeyVerdict;
  /** What made its certificate count, of which `hostKey` has the key. */
  readonly authority?: KnownHostsEntry | undefined;
  /** Other keys of that type which known_hosts has for the host, and which count no more beside the certificate. */
  readonly outdated?: readonly KnownHostsEntry[] | undefined;
}

/** The connection was refused because the host key is not known; carries the key so that the user can be asked. */
export class UnknownHostKeyError extends NodeError {
  readonly hostKey: UnknownHostKey;

  /** @param closed a known_hosts file that cannot be read, and may know the host */
  constructor(hostKey: UnknownHostKey, closed?: KnownHostsFile) {
    const name = knownHostsName(hostKey.target);
    const missing = closed
      ? `${name} is not known, for ${closed.file} cannot be read (${closed.unreadable})`
      : `${name} is not in ${hostKey.file}`;
    super({
      state: "failed",
      reason: "host-key-unknown",
      detail: `${missing}; it shows ${fingerprint(hostKey.key)}`,
      hint: closed ? closedHint(closed) : `mclu trust ${hostKey.node}`,
    });
    this.hostKey = hostKey;
  }
}

export interface HostKeyPolicy {
  readonly settings: SshSettings;
  readonly target: HostKeyTarget;
  readonly files: readonly KnownHostsFile[];
  readonly address: string | undefined;
  /** Writes the key down (StrictHostKeyChecking accept-new or no). */
  readonly remember: (key: UnknownHostKey) => Promise<void>;
}

/** What is known of a key that a host shows. */
export async function judgeKey(
  key: Buffer,
  { settings, target, files }: Pick<HostKeyPolicy, "settings" | "target" | "files">,
): Promise<HostKeyVerdict> {
  return (await findRevocation(settings.revokedHostKeys, key)) ?? verify(files, target, key);
}

/**
 * Whether to go on with a host that shows this key; undefined: yes. StrictHostKeyChecking is honoured for *unknown*
 * keys only: a changed or revoked key always ends the connection.
 */
export async function judgeHostKey(node: string, key: Buffer, policy: HostKeyPolicy): Promise<NodeError | undefined> {
  const { settings, files } = policy;
  const verdict = await judgeKey(key, policy);
  switch (verdict.kind) {
    case "trusted":
      return undefined;
    case "changed":
    case "revoked":
      return refusedKey(verdict, toHostKey(node, key, policy));
    case "unknown": {
      const unknown = toHostKey(node, key, policy);
      const { strictHostKeyChecking: strict } = settings;
      const closed = files.filter(({ unreadable }) => unreadable !== undefined);
      if (strict === "yes" || strict === "ask") return new UnknownHostKeyError(unknown, closed[0]);
      const unread = closed.find(({ unreadable }) => !closedToSsh.has(unreadable ?? ""));
      return unread ? new UnknownHostKeyError(unknown, unread) : remember(unknown, policy);
    }
  }
}

/**
 * What keeps a known_hosts file from any program of this user: OpenSSH then takes a key as new as well. With every other
 * error (no more open files, no end within our limits) the file may hold another key of the host.
 */
const closedToSsh: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EISDIR", "ELOOP", "ENAMETOOLONG"]);

function closedHint({ file, unreadable }: KnownHostsFile): string {
  return isOutOfFiles(unreadable) ? moreFiles : `ls -l ${quote(file)}`;
}

async function remember(key: UnknownHostKey, policy: HostKeyPolicy): Promise<NodeError | undefined> {
  try {
    await policy.remember(key);
  } catch (error) {
    if (error instanceof NodeError) return error;
    // a known_hosts that cannot be written keeps nobody out, as in OpenSSH
  }
  return undefined;
}

type Refusal = Extract<HostKeyVerdict, { kind: "changed" | "revoked" }>;

/** The failure of a host that shows a key in place of the one that is known, or one that is revoked. */
export function refusedKey(verdict: Refusal, hostKey: UnknownHostKey): NodeError {
  const name = knownHostsName(hostKey.target);
  const print = fingerprint(hostKey.key);
  const hint = changedKeyHint(verdict, hostKey);
  if (verdict.kind === "revoked") {
    const { by, file, line } = verdict;
    const where = line === undefined ? file : `${file}:${line}`;
    const why =
      by === "closed" ? `may be revoked: ${where}, of RevokedHostKeys, cannot be read` : `is revoked in ${where}`;
    return failed("host-key-changed", `the key of ${name}, ${print}, ${why}`, hint);
  }
  const entry = verdict.entries[0];
  const where = entry ? `${entry.file}:${entry.line} has ${fingerprint(entry.key)}` : "known_hosts has another";
  return failed("host-key-changed", `${name} shows ${print}, but ${where}`, hint);
}

/** What to type about a key that is refused: how to forget the old one, or where it is revoked. */
export function changedKeyHint(verdict: Refusal, { target, file }: UnknownHostKey): string {
  const name = quote(knownHostsName(target));
  if (verdict.kind === "revoked") return revokedKeyHint(verdict, name);
  return `ssh-keygen -R ${name} -f ${quote(verdict.entries[0]?.file ?? file)}`;
}

function revokedKeyHint({ by, file }: Revocation, name: string): string {
  switch (by) {
    case "known_hosts":
      return `ssh-keygen -lf ${quote(file)} -F ${name}`;
    case "krl":
      return `ssh-keygen -Q -l -f ${quote(file)}`;
    case "list":
      return `ssh-keygen -lf ${quote(file)}`;
    case "closed":
      return `ls -l ${quote(file)}`;
  }
}

/** A key that a host has shown, with all that it takes to remember it. */
export function toHostKey(node: string, key: Buffer, { settings, target, address }: HostKeyPolicy): UnknownHostKey {
  const file = settings.userKnownHostsFiles[0] ?? "/dev/null";
  const mayAsk = settings.strictHostKeyChecking === "ask";
  return { node, target, key, file, hash: settings.hashKnownHosts, mayAsk, address };
}
