import { type KnownHostsEntry, type KnownHostsFile, lookup, nameWithPort } from "../ssh/known-hosts.ts";
import type { SshSession } from "../ssh/session.ts";
import type { SshSettings } from "../ssh/ssh-settings.ts";

/**
 * What ssh shall make of a host's keys beside what it finds in known_hosts, as lines of that for any name: the keys that were
 * accepted in this run and may not be written yet, and those that are revoked for the host's address, which OpenSSH itself
 * passes over (9.2).
 * @param address where the host was reached
 */
export async function givenKeys(
  session: SshSession,
  ssh: SshSettings,
  address: string | undefined,
): Promise<readonly string[]> {
  const { hostname: host, port, hostKeyAlias } = ssh;
  const accepted = lookup([session.accepted], { host, port, hostKeyAlias });
  const files = await session.knownHosts([...ssh.userKnownHostsFiles, ...ssh.globalKnownHostsFiles]);
  return [...accepted, ...revokedForAddress(files, ssh, address)].flatMap(({ marker, keyType, key }) =>
    // a host may call its key what it likes, and this goes through a shell
    /^[\w.@-]+$/.test(keyType)
      ? [`${marker === undefined ? "" : `@${marker} `}* ${keyType} ${key.toString("base64")}`]
      : [],
  );
}

/** The keys that known_hosts says are revoked for a host's address, where CheckHostIP is on. */
export function revokedForAddress(
  files: readonly KnownHostsFile[],
  { checkHostIp, hostname, port }: SshSettings,
  address: string | undefined,
): KnownHostsEntry[] {
  if (!checkHostIp || address === undefined || address === hostname) return [];
  return lookup(files, { host: nameWithPort(address, port), port: 22 }).filter(({ marker }) => marker === "revoked");
}
