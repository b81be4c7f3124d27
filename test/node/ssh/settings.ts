import type { SshSettings } from "../../../src/node/ssh/ssh-settings.ts";

/** Settings that ssh2 can serve, with what a test is about in their place. */
export function settingsWith(special: Partial<SshSettings> = {}): SshSettings {
  return {
    host: "node1",
    hostname: "node1",
    user: "root",
    port: 22,
    addressFamily: "any",
    serverAliveInterval: 0,
    identityFiles: [],
    identitiesOnly: false,
    certificateFiles: [],
    pubkeyAuthentication: true,
    gssapiAuthentication: false,
    pubkeyAcceptedAlgorithms: [],
    proxyJump: [],
    proxyUseFdpass: false,
    userKnownHostsFiles: [],
    globalKnownHostsFiles: [],
    revokedHostKeys: [],
    strictHostKeyChecking: "ask",
    checkHostIp: false,
    hashKnownHosts: false,
    hostKeyAlgorithms: ["ssh-ed25519"],
    kexAlgorithms: ["sntrup761x25519-sha512@openssh.com", "curve25519-sha256"],
    ciphers: ["chacha20-poly1305@openssh.com", "aes128-ctr"],
    macs: ["hmac-sha2-256"],
    ...special,
  };
}

/** A FIDO key's public part, made up: no authenticator here. */
export function fidoKey(): { keyType: string; key: Buffer } {
  const keyType = "sk-ssh-ed25519@openssh.com";
  const string = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  return { keyType, key: Buffer.concat([Buffer.from(keyType), Buffer.alloc(32, 7), Buffer.from("ssh:")].map(string)) };
}
