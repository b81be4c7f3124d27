import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readKeyHead } from "../../../src/node/ssh/private-key.ts";
import { makeKey, scratchDirectory } from "./openssh.ts";

const directory = scratchDirectory();

describe("the head of a key file", () => {
  it.each([
    ["openssh", [], false],
    ["openssh-locked", ["-N", "secret"], true],
    ["pem", ["-m", "PEM"], false],
    ["pem-locked", ["-m", "PEM", "-N", "secret"], true],
    ["pkcs8", ["-m", "PKCS8"], false],
    ["pkcs8-locked", ["-m", "PKCS8", "-N", "secret"], true],
  ])("of ssh-keygen: %s", (name, options, encrypted) => {
    const path = join(directory, name);
    const publicKey = makeKey(path, "ecdsa", ...options);
    const inFile = name.startsWith("openssh") ? { publicKey, ...(encrypted && { cipher: "aes256-ctr" }) } : {};
    expect(readKeyHead(readFileSync(path, "latin1"))).toEqual({ kind: "private", encrypted, ...inFile });
    expect(readKeyHead(readFileSync(`${path}.pub`, "latin1"))).toEqual({ kind: "public", publicKey });
  });

  it("is read wherever the file was cut", () => {
    const path = join(directory, "cut");
    makeKey(path, "ed25519");
    const text = readFileSync(path, "latin1");
    for (let length = 0; length < text.length; length++) {
      expect(["private", "other"]).toContain(readKeyHead(text.slice(0, length)).kind);
    }
  });

  it("never makes the reader throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const body = Buffer.from([...Buffer.from("openssh-key-v1\0"), ...bytes]).toString("base64");
        readKeyHead(`-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`);
      }),
      { numRuns: 1000 },
    );
  });
});
