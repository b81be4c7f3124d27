import { createHash } from "node:crypto";

export interface PublicKey {
  /** `ssh-ed25519`, `ssh-rsa`, `ssh-ed25519-cert-v01@openssh.com` ... */
  readonly keyType: string;
  /** The blob, as hosts and agents send it. */
  readonly key: Buffer;
}

/** The fields after the type in blobs of plain keys (RFC 4253, 5656, 8709; OpenSSH's PROTOCOL.u2f). */
export const fieldsAfterType: Readonly<Record<string, number>> = {
  "ssh-rsa": 2,
  "ssh-dss": 4,
  "ssh-ed25519": 1,
  "ecdsa-sha2-nistp256": 2,
  "ecdsa-sha2-nistp384": 2,
  "ecdsa-sha2-nistp521": 2,
  "sk-ssh-ed25519@openssh.com": 2,
  "sk-ecdsa-sha2-nistp256@openssh.com": 3,
};

/** The length-prefixed strings that a blob consists of, or undefined where it is not made of them to the last byte. */
export function splitStrings(blob: Buffer): Buffer[] | undefined {
  const strings: Buffer[] = [];
  let at = 0;
  while (at + 4 <= blob.length) {
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    strings.push(blob.subarray(at + 4, end));
    at = end;
  }
  return at === blob.length ? strings : undefined;
}

/** The algorithm name a public key blob begins with (RFC 4253, 6.6), or undefined where the bytes are not one. */
export function keyTypeOf(blob: Buffer): string | undefined {
  if (blob.length < 5) return undefined;
  const length = blob.readUInt32BE(0);
  if (length === 0 || length > 64 || blob.length < 4 + length) return undefined;
  return blob.toString("latin1", 4, 4 + length);
}

/** `SHA256:...` as `ssh-keygen -l` prints it: base64 without padding. */
export function fingerprint(keyBlob: Buffer): string {
  return `SHA256:${createHash("sha256").update(keyBlob).digest("base64").replaceAll("=", "")}`;
}

/** Reads `TYPE BASE64 [COMMENT]`, as in known_hosts and `.pub` files; undefined where OpenSSH would call the line bad. */
export function parsePublicKey(text: string): PublicKey | undefined {
  const [name, base64 = ""] = text.trim().split(/[ \t]+/, 2);
  const key = readBase64(base64.replace(/[\r\v\f]/g, ""));
  if (name === undefined || key === undefined) return undefined;
  // a signature algorithm stands for the key type as well
  const keyType = /^rsa-sha2-(256|512)$/.test(name) ? "ssh-rsa" : name;
  const found = toPublicKey(key);
  return found?.keyType === keyType ? found : undefined;
}

/** A blob with its type; undefined where it is damaged. */
export function toPublicKey(key: Buffer): PublicKey | undefined {
  const keyType = keyTypeOf(key);
  return keyType !== undefined && isWhole(keyType, key) ? { keyType, key } : undefined;
}

/** Base64 as OpenSSH reads it, which takes no spelling but its own: padded, and with no bits behind the last byte. */
export function readBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

/** A damaged key must not count as another key of its host: that would turn "unknown" into "changed". */
function isWhole(keyType: string, key: Buffer): boolean {
  if (keyType.endsWith("-cert-v01@openssh.com")) return true;
  const fields = splitStrings(key);
  if (fields === undefined || fields.length - 1 !== fieldsAfterType[keyType]) return false;
  const first = fields[1];
  if (keyType.includes("ed25519")) return first?.length === 32;
  return !keyType.includes("ecdsa-sha2-") || keyType.includes(first?.toString("latin1") ?? " ");
}
