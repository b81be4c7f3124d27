/** What ssh2 1.17 can negotiate (its lib/protocol/constants.js), asked before ssh2 is loaded. */

const hostKeyAlgorithms = new Set([
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
]);
const keyTypes = new Set([
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
]);
const keyExchanges =
  /^(curve25519-sha256(@libssh\.org)?|ecdh-sha2-nistp(256|384|521)|diffie-hellman-(group-exchange-sha(256|1)|group1[4-8]-sha(256|512)|group14-sha1|group1-sha1))$/;
const ciphers = /^(aes(128|256)-gcm@openssh\.com|chacha20-poly1305@openssh\.com|aes(128|192|256)-(ctr|cbc))$/;

const macs = /^hmac-(sha1|sha2-256|sha2-512)(-etm@openssh\.com)?$/;

export const ssh2Supports = {
  /** An algorithm of HostKeyAlgorithms. */
  hostKeyAlgorithm: (name: string) => hostKeyAlgorithms.has(name),
  /** The type of a user's or a host's key, as its blob names it. */
  keyType: (name: string) => keyTypes.has(name),
  /** An algorithm of KexAlgorithms. */
  keyExchange: (name: string) => keyExchanges.test(name),
  /** A name of Ciphers. */
  cipher: (name: string) => ciphers.test(name),
  /** What a key file is encrypted with. */
  keyCipher: (name: string) => !name.startsWith("chacha20-poly1305"),
  /** A name of MACs. */
  mac: (name: string) => macs.test(name),
};
