import { type PublicKey, parsePublicKey, toPublicKey } from "./key-blob.ts";

/** What a key file says of itself without a passphrase. */
export type KeyFileHead =
  | {
      readonly kind: "private";
      readonly encrypted: boolean;
      /** Of an encrypted key in OpenSSH's own format, as OpenSSH calls it. */
      readonly cipher?: string;
      /** Known of OpenSSH's own format only, where the public part stays readable in an encrypted file. */
      readonly publicKey?: PublicKey;
    }
  | { readonly kind: "public"; readonly publicKey: PublicKey }
  | { readonly kind: "other" };

/** Reads the head of an IdentityFile: OpenSSH's format (PROTOCOL.key), PEM, PKCS#8, or a public key. */
export function readKeyHead(text: string): KeyFileHead {
  const [, label, body] = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----([^-]*)/.exec(text) ?? [];
  if (label === undefined || body === undefined) {
    const publicKey = parsePublicKey(text.split("\n", 1)[0] ?? "");
    return publicKey === undefined ? { kind: "other" } : { kind: "public", publicKey };
  }
  if (label === "OPENSSH ") return openSshHead(Buffer.from(body, "base64"));
  return { kind: "private", encrypted: label === "ENCRYPTED " || /^Proc-Type: *4,ENCRYPTED/m.test(text) };
}

const magic = Buffer.from("openssh-key-v1\0", "latin1");

function openSshHead(data: Buffer): KeyFileHead {
  if (!data.subarray(0, magic.length).equals(magic)) return { kind: "other" };
  let at = magic.length;
  const next = () => {
    const length = data.readUInt32BE(at);
    at += 4 + length;
    if (at > data.length) throw new RangeError("cut short");
    return data.subarray(at - length, at);
  };
  try {
    const cipher = next().toString("latin1");
    next(); // the key derivation and its options
    next();
    at += 4; // how many keys: OpenSSH writes one
    const publicKey = toPublicKey(next());
    return publicKey === undefined ? { kind: "other" } : { kind: "private", ...secrecyOf(cipher), publicKey };
  } catch (error) {
    if (error instanceof RangeError) return { kind: "other" };
    throw error;
  }
}

function secrecyOf(cipher: string): { readonly encrypted: boolean; readonly cipher?: string } {
  return cipher === "none" ? { encrypted: false } : { encrypted: true, cipher };
}
