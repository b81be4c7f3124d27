import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCertificate } from "../../../src/node/ssh/certificate.ts";
import { parsePublicKey } from "../../../src/node/ssh/key-blob.ts";
import { makeKey, scratchDirectory } from "./openssh.ts";

const directory = scratchDirectory();
const authority = makeKey(join(directory, "ca"), "ed25519");

function certificateOf(path: string, ...options: string[]): Buffer {
  execFileSync("ssh-keygen", ["-q", "-s", join(directory, "ca"), "-I", "test", ...options, `${path}.pub`]);
  return parsePublicKey(readFileSync(`${path}-cert.pub`, "utf8"))?.key ?? Buffer.alloc(0);
}

describe("a certificate", () => {
  it.each(["ed25519", "ecdsa", "rsa"])("of a key of type %s is read", (type) => {
    const path = join(directory, type);
    const { key } = makeKey(path, type);
    const blob = certificateOf(path, "-h", "-n", "a.example,b", "-V", "20200101000000Z:20210101000000Z");
    expect(parseCertificate(blob)).toEqual({
      ...{ key, principals: ["a.example", "b"], authority: authority.key },
      ...{ validAfter: 1577836800n, validBefore: 1609459200n },
    });
    expect(parseCertificate(key)).toBeUndefined();
    // all but the signature, which is not read
    for (let length = 0; length < blob.length - 120; length++)
      expect(parseCertificate(blob.subarray(0, length))).toBeUndefined();
  });

  it("may hold for ever and for all", () => {
    const path = join(directory, "forever");
    makeKey(path, "ed25519");
    const blob = certificateOf(path, "-h");
    expect(parseCertificate(blob)).toMatchObject({ principals: [], validAfter: 0n, validBefore: 2n ** 64n - 1n });
  });

  it("is no other bytes", () => {
    const name = Buffer.from("\0\0\0\x20ssh-ed25519-cert-v01@openssh.com");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        parseCertificate(Buffer.concat([name, bytes]));
        expect(parseCertificate(Buffer.from(bytes))).toBeUndefined();
      }),
    );
  });
});
