import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verify } from "../../../src/node/ssh/host-key.ts";
import { fingerprint } from "../../../src/node/ssh/key-blob.ts";
import { hostsIn, lookup, parseKnownHosts } from "../../../src/node/ssh/known-hosts.ts";
import { type Found, keygenFinds, questions } from "./known-hosts.ts";
import { makeKey, scratchDirectory } from "./openssh.ts";

const directory = scratchDirectory();
const keys = [
  makeKey(join(directory, "ed"), "ed25519"),
  makeKey(join(directory, "ed2"), "ed25519"),
  makeKey(join(directory, "ec"), "ecdsa"),
  makeKey(join(directory, "rsa"), "rsa", "-b", "2048"),
];
const keyTexts = keys.map(({ keyType, key }) => `${keyType} ${key.toString("base64")}`);
const names = ["a", "ab", "abc", "b.example.org", "10.0.0.1", "::1", "[a]:2222", "[b.example.org]:22", "[::1]:2222"];

function weFind(text: string, name: string): Found {
  const notes = { "cert-authority": "CA", revoked: "REVOKED" };
  return lookup([parseKnownHosts(text, "f")], { host: name, port: 22 }).map(({ line, marker, key }) =>
    [line, marker && notes[marker], fingerprint(key)].filter(Boolean).join(" "),
  );
}

/** sshd(8): a revoked key must never be accepted, and any other key that is known for the host is a change. */
function verdictOf(found: Found, print: string): string {
  if (found.some((line) => line.includes("REVOKED") && line.endsWith(print))) return "revoked";
  const plain = found.filter((line) => !/REVOKED|CA/.test(line.split("SHA256")[0] ?? ""));
  if (plain.some((line) => line.endsWith(print))) return "trusted";
  return plain.length > 0 ? "changed" : "unknown";
}

describe("looking a host up in known_hosts", () => {
  it("finds the lines that ssh-keygen -F finds, in 3000 files, and judges keys by them", () => {
    const asked = fc.sample(questions(keyTexts), 3000);
    const theirs = keygenFinds(join(directory, "asked"), asked);
    expect(theirs).toHaveLength(asked.length);
    const kinds = new Map<string, number>();
    for (const [index, { text, name }] of asked.entries()) {
      const found = theirs[index] ?? [];
      expect({ text, name, found: weFind(text, name) }).toEqual({ text, name, found });
      if (name.startsWith("[")) continue;
      for (const { key } of keys) {
        const { kind } = verify([parseKnownHosts(text, "f")], { host: name, port: 22 }, key);
        expect({ text, name, kind }).toEqual({ text, name, kind: verdictOf(found, fingerprint(key)) });
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
    }
    // the files are about something
    for (const kind of ["trusted", "changed", "revoked", "unknown"]) expect(kinds.get(kind)).toBeGreaterThan(20);
  }, 120_000);

  it("finds them when ssh-keygen -H has hashed the file", () => {
    const file = join(directory, "hashed");
    const text = names.map((host, index) => `${host} ${keyTexts[index % keyTexts.length]}\n`).join("");
    writeFileSync(file, text);
    execFileSync("ssh-keygen", ["-q", "-H", "-f", file], { stdio: "ignore" });
    const hashedText = readFileSync(file, "latin1");
    expect(hashedText.match(/^\|1\|/gm)).toHaveLength(names.length);
    for (const host of names) expect(weFind(hashedText, host)).toEqual(weFind(text, host));
  });

  it("takes the port into the name, except 22", () => {
    const file = parseKnownHosts(`a ${keyTexts[0]}\n[a]:2222 ${keyTexts[1]}\n`, "f");
    const lines = (port: number) => lookup([file], { host: "A", port }).map((entry) => entry.line);
    expect([lines(22), lines(2222), lines(23)]).toEqual([[1], [2], []]);
  });

  it("lets HostKeyAlias stand for name and port", () => {
    const file = parseKnownHosts(`alias ${keyTexts[0]}\n`, "f");
    expect(lookup([file], { host: "a", port: 2222, hostKeyAlias: "Alias" })).toHaveLength(1);
  });

  it("adds the address's lines, each line once", () => {
    const file = parseKnownHosts(`a,10.0.0.1 ${keyTexts[0]}\n10.0.0.1 ${keyTexts[1]}\n`, "f");
    const entries = lookup([file], { host: "a", port: 22, address: "10.0.0.1" });
    expect(entries.map((entry) => entry.line)).toEqual([1, 2]);
  });

  it("says where each key is and what it is", () => {
    const files = [parseKnownHosts("", "one"), parseKnownHosts(`\n@revoked a ${keyTexts[3]} c\n`, "two")];
    expect(lookup(files, { host: "a", port: 22 })).toEqual([
      { file: "two", line: 2, marker: "revoked", keyType: "ssh-rsa", key: keys[3]?.key },
    ]);
  });
});

describe("the hosts that known_hosts names", () => {
  it("are those in plain text, an address only where it has no name", () => {
    const text = [
      "ham0,10.0.0.10",
      "10.0.0.11",
      "[ham2.example]:2222,[10.0.0.12]:2222",
      "ham0",
      "*.example,!x.example",
      "|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
      "@revoked gone",
      "@cert-authority ca",
    ].map((names) => `${names} ${keyTexts[0]}`);
    expect(hostsIn(parseKnownHosts([...text, "# note", "keyless"].join("\n"), "f"))).toEqual([
      "ham0",
      "10.0.0.11",
      "ham2.example:2222",
    ]);
  });
});
