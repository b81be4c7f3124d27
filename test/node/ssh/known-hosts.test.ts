import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lookup, parseKnownHosts } from "../../../src/node/ssh/known-hosts.ts";
import { formatKnownHostsLine } from "../../../src/node/ssh/known-hosts-file.ts";
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

/** `line marker` of every line that `ssh-keygen -F` finds. */
function keygenFinds(text: string, name: string): string[] {
  const file = join(directory, "known_hosts");
  writeFileSync(file, text, "latin1");
  const { stdout } = spawnSync("ssh-keygen", ["-F", name, "-f", file], { encoding: "latin1" });
  return [...stdout.matchAll(/^# Host .* found: line (\d+) ?(CA|REVOKED)?/gm)].map(([, line, note]) =>
    [line, note].filter(Boolean).join(" "),
  );
}

function weFind(text: string, name: string): string[] {
  const notes = { "cert-authority": " CA", revoked: " REVOKED" };
  return lookup([parseKnownHosts(text, "f")], { host: name, port: 22 }).map(
    ({ line, marker }) => `${line}${marker === undefined ? "" : notes[marker]}`,
  );
}

const name = fc.constantFrom(...names);
const pattern = fc.oneof(
  name,
  name.map((text) => text.toUpperCase()),
  fc.constantFrom("*", "a*", "*b", "?", "a?", "*.example.org", "[*]:2222", "10.0.0.*", "", "?*", "a**c", "[a"),
);
const patterns = fc
  .array(fc.tuple(fc.boolean(), pattern), { minLength: 1, maxLength: 4 })
  .map((items) => items.map(([negated, text]) => (negated && text !== "" ? `!${text}` : text)).join(","));
const hashed = name.map((text) => formatKnownHostsLine({ host: text, port: 22 }, Buffer.alloc(8), true).split(" ")[0]);
const keyText = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...keyTexts), fc.constantFrom("", " comment", "\r", " a b"))
      .map(([key, tail]) => key + tail),
  },
  fc.constantFrom("", "# comment", "1024 35 1234567890", "ssh-ed25519", "ssh-ed25519 #"),
);
// ssh-keygen -F does not look into keys: bad ones are in host-key.test.ts, against ssh itself
const blank = fc.constantFrom(" ", "\t", "  ", " \t ");
const line = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        fc.constantFrom("", "", "", " ", "\t"),
        fc.constantFrom("", "", "", "", "@revoked", "@cert-authority", "@other", "@revoked @revoked", "@"),
        fc.constantFrom(" ", "  ", " \t "),
        fc.oneof({ weight: 3, arbitrary: patterns }, hashed),
        blank,
        keyText,
      )
      .map(([indent, marker, gap1, host, gap2, key]) =>
        [indent, marker, marker === "" ? "" : gap1, host, gap2, key].join(""),
      ),
  },
  fc.constantFrom("", "#", "# a ssh-ed25519", "a", "garbage", "|1|x|y ssh-ed25519 AAAA", "|2|a|b c d", "||"),
);

describe("looking a host up in known_hosts", () => {
  it("finds the lines that ssh-keygen -F finds", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), name, fc.boolean(), (lines, host, ended) => {
        const text = lines.join("\n") + (ended ? "\n" : "");
        expect(weFind(text, host)).toEqual(keygenFinds(text, host));
      }),
      { numRuns: 400 },
    );
  });

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
