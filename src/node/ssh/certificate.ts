import { fieldsAfterType, keyTypeOf, splitStrings } from "./key-blob.ts";

/** A host's or user's certificate (OpenSSH's PROTOCOL.certkeys), as far as a client judges it. */
export interface Certificate {
  /** The blob of the key that is certified. */
  readonly key: Buffer;
  /** Host names or users; empty: all. */
  readonly principals: readonly string[];
  /** Seconds since 1970. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  /** The blob of the authority's key. */
  readonly authority: Buffer;
}

const suffix = "-cert-v01@openssh.com";

/** Reads a certificate's blob; undefined for any other blob. Signatures are for OpenSSH to check. */
export function parseCertificate(blob: Buffer): Certificate | undefined {
  const certificateType = keyTypeOf(blob);
  if (!certificateType?.endsWith(suffix)) return undefined;
  const name = certificateType.slice(0, -suffix.length);
  // the types of FIDO keys have a domain too
  const type = [name, `${name}@openssh.com`].find((each) => Object.hasOwn(fieldsAfterType, each));
  if (type === undefined) return undefined;
  try {
    return readFields(blob, type);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** @throws RangeError for a blob that is cut short */
function readFields(blob: Buffer, type: string): Certificate {
  let at = 0;
  const take = (length: number) => {
    if (at + length > blob.length) throw new RangeError("cut short");
    at += length;
    return blob.subarray(at - length, at);
  };
  const string = () => take(take(4).readUInt32BE());
  const skip = (...names: string[]) => names.forEach(string);
  skip("type", "nonce");
  const key = joinStrings([Buffer.from(type), ...Array.from({ length: fieldsAfterType[type] ?? 0 }, string)]);
  take(8); // serial
  take(4); // of a user or of a host
  skip("name of the certificate");
  const principals = splitStrings(string());
  // not to be taken for an empty list, which is "all"
  if (principals === undefined) throw new RangeError("principals cut short");
  const validAfter = take(8).readBigUInt64BE();
  const validBefore = take(8).readBigUInt64BE();
  skip("critical options", "extensions", "reserved");
  const names = principals.map((principal) => principal.toString("utf8"));
  return { key, principals: names, validAfter, validBefore, authority: string() };
}

function joinStrings(strings: readonly Buffer[]): Buffer {
  return Buffer.concat(
    strings.flatMap((string) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(string.length);
      return [length, string];
    }),
  );
}
