import type { Algorithms } from "ssh2";
import { failed } from "../failure.ts";
import { preferredHostKeyAlgorithms } from "./host-key.ts";
import type { KnownHostsEntry } from "./known-hosts.ts";
import type { SshSettings } from "./ssh-settings.ts";
import { ssh2Supports } from "./ssh2-abilities.ts";

/** OpenSSH's own Ciphers: up to 9.9, and from 10.0 on. Their order is nobody's wish, and AES-GCM costs ssh2 least. */
const builtInCiphers = new Set([
  "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com",
  "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr",
]);

/**
 * What ssh2 may negotiate with a host: what the configuration allows, in its order, as far as ssh2 has it. Host key
 * algorithms whose keys are known come first.
 * @throws NodeError `protocol` where nothing is left: for ssh2 an empty list is no list, and means its defaults
 */
export function ssh2Algorithms(node: string, ssh: SshSettings, knownHosts: readonly KnownHostsEntry[]): Algorithms {
  const allowed = (keyword: string, wanted: readonly string[], usable: readonly string[]): object | undefined => {
    if (wanted.length === 0) return undefined;
    if (usable.length > 0) return usable;
    throw failed(
      "protocol",
      `ssh2 has nothing of ${keyword} ${wanted.join(",")}`,
      `set transport = openssh in [node.${node}]`,
    );
  };
  const ciphers = builtInCiphers.has(ssh.ciphers.join(",")) ? [] : ssh.ciphers;
  const hostKeys = preferredHostKeyAlgorithms(knownHosts, ssh.hostKeyAlgorithms);
  const lists = {
    serverHostKey: allowed("HostKeyAlgorithms", ssh.hostKeyAlgorithms, hostKeys),
    kex: allowed("KexAlgorithms", ssh.kexAlgorithms, ssh.kexAlgorithms.filter(ssh2Supports.keyExchange)),
    cipher: allowed("Ciphers", ciphers, ciphers.filter(ssh2Supports.cipher)),
    hmac: allowed("MACs", ssh.macs, ssh.macs.filter(ssh2Supports.mac)),
  };
  // with zlib 35 kB, the longest packet, would become 35 MB at once; every server can do without
  return { ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined)), compress: ["none"] };
}
