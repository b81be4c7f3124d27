import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { preferredHostKeyAlgorithms, verify } from "../../../src/node/ssh/host-key.ts";
import { fingerprint } from "../../../src/node/ssh/key-blob.ts";
import { lookup, parseKnownHosts } from "../../../src/node/ssh/known-hosts.ts";
import { formatKnownHostsLine } from "../../../src/node/ssh/known-hosts-file.ts";
import { makeKey, openSsh, scratchDirectory, startHost } from "./openssh.ts";

const directory = scratchDirectory();
const hostKey = makeKey(join(directory, "host"), "ed25519");
const others = {
  same: makeKey(join(directory, "other"), "ed25519"),
  ecdsa: makeKey(join(directory, "ecdsa"), "ecdsa"),
  rsa: makeKey(join(directory, "rsa"), "rsa", "-b", "2048"),
};
const text = ({ keyType, key }: { keyType: string; key: Buffer }) => `${keyType} ${key.toString("base64")}`;
const { port } = await startHost(join(directory, "host"));
const file = join(directory, "known_hosts");
let files = 0;

/** What `ssh` thinks of the host's key, from its message. */
async function sshJudges(knownHosts: string, options: readonly string[] = [], system = ""): Promise<string> {
  const [file, global] = ["user", "global"].map((name) => join(directory, `${name}-${++files}`));
  writeFileSync(`${file}`, knownHosts);
  writeFileSync(`${global}`, system);
  const ofFiles = [`UserKnownHostsFile=${file}`, `GlobalKnownHostsFile=${global}`];
  const settings = ["BatchMode=yes", "StrictHostKeyChecking=yes", ...ofFiles, ...options];
  const { stderr } = await openSsh("ssh", [
    ...["-F", "none", "-p", String(port), "-o", "KexAlgorithms=curve25519-sha256", "-o", "IdentityFile=none"],
    ...["-o", "IdentityAgent=none"],
    ...settings.flatMap((setting) => ["-o", setting]),
    ...["127.0.0.1", "true"],
  ]);
  // for a key revoked under the bare name alone ssh raises the alarm and then calls the key unknown: refused either way
  if (stderr.includes("REVOKED HOST KEY")) return "revoked";
  if (stderr.includes("IDENTIFICATION HAS CHANGED")) return "changed";
  if (/No .* host key is known/.test(stderr)) return "unknown";
  return /Permission denied/.test(stderr) ? "trusted" : stderr;
}

const weJudge = (knownHosts: string, more = {}) =>
  verify([parseKnownHosts(knownHosts, file)], { host: "127.0.0.1", port, ...more }, hostKey.key).kind;

describe("judging a host's key", () => {
  it.each([
    ["nothing known", "", "unknown"],
    ["the key", `[127.0.0.1]:${port} ${text(hostKey)}`, "trusted"],
    ["the key under the bare name", `127.0.0.1 ${text(hostKey)}`, "trusted"],
    ["another key under the bare name", `127.0.0.1 ${text(others.same)}`, "unknown"],
    ["another key", `[127.0.0.1]:${port} ${text(others.same)}`, "changed"],
    ["a key of another type", `[127.0.0.1]:${port} ${text(others.ecdsa)}`, "changed"],
    [
      "another key on the port, the key under the bare name",
      `*:${port} ${text(others.rsa)}\n127.* ${text(hostKey)}`,
      "changed",
    ],
    ["the key among others", `*:${port} ${text(others.same)}\n*:${port} ${text(hostKey)}`, "trusted"],
    ["the key, revoked", `* ${text(hostKey)}\n@revoked * ${text(hostKey)}`, "revoked"],
    ["the key revoked alone", `@revoked * ${text(hostKey)}`, "revoked"],
    ["another key revoked", `@revoked * ${text(others.same)}\n* ${text(hostKey)}`, "trusted"],
    ["an authority", `@cert-authority * ${text(others.same)}`, "unknown"],
    ["the key as an authority", `@cert-authority * ${text(hostKey)}`, "unknown"],
    ["the key, cut short", `* ${text(hostKey).slice(0, -4)}`, "unknown"],
    ["the key with a byte too many", `* ${text(hostKey)}AAAA`, "unknown"],
    ["another key under the wrong type", `* ${text(others.same).replace("ssh-ed25519", "ssh-rsa")}`, "unknown"],
    ["another key of a type nobody knows", "* ssh-new AAAAB3NzaC1uZXcAAAAgbLiAq6c", "unknown"],
    [
      "the key under the name of a signature algorithm, not its type",
      `* ${text(hostKey).replace("ssh-", "rsa-sha2-")}`,
      "unknown",
    ],
    ["the key, as far as a NUL", `* ${text(hostKey)}\0x`, "trusted"],
    [
      "another RSA key under the name of its signature",
      `* ${text(others.rsa).replace("ssh-rsa", "rsa-sha2-512")}`,
      "changed",
    ],
    ["another key without its padding", `* ${text(others.ecdsa).replace("=", "")}`, "unknown"],
    ["another key, not base64", "* ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA!", "unknown"],
    ["lines that end in CR LF", `\r\n[127.0.0.1]:${port} ${text(hostKey)}\r\n`, "trusted"],
  ])("%s: as ssh does", async (_, knownHosts, expected) => {
    expect([weJudge(knownHosts), await sshJudges(knownHosts)]).toEqual([expected, expected]);
  });

  it("agrees with ssh on any mixture of lines, in two files, with and without an alias", async () => {
    const names = [`[127.0.0.1]:${port}`, "127.0.0.1", "node1"];
    const name = fc.constantFrom(
      ...[...names, "*", "other", `*,![127.0.0.1]:${port}`, `[127.0.0.1]:${port + 1}`, "NODE?", "127.*,!node1"],
    );
    const hashed = fc
      .constantFrom(...names)
      .map((host) => formatKnownHostsLine({ host, port: 22 }, hostKey.key, true).split(" ", 1)[0] ?? "");
    const line = fc
      .tuple(
        fc.constantFrom("", "", "", "", "@revoked ", "@cert-authority ", "# "),
        fc.oneof({ weight: 2, arbitrary: name }, hashed),
        fc.constantFrom(hostKey, hostKey, others.same, others.ecdsa, others.rsa),
        fc.constantFrom("\n", "\n", "\r\n", " comment\n"),
      )
      .map(([marker, host, key, end]) => `${marker}${host} ${text(key)}${end}`);
    const lines = fc.array(line, { maxLength: 4 }).map((all) => all.join(""));
    const cases = fc.sample(fc.tuple(lines, lines, fc.constantFrom(undefined, undefined, "Node1")), 200);
    const compare = async (mine: string, system: string, alias: string | undefined) => {
      const options = alias === undefined ? [] : [`HostKeyAlias=${alias}`];
      const theirs = await sshJudges(mine, options, system);
      const files = [parseKnownHosts(mine, "user"), parseKnownHosts(system, "global")];
      const ours = verify(files, { host: "127.0.0.1", port, hostKeyAlias: alias }, hostKey.key).kind;
      expect({ mine, system, alias, verdict: ours }).toEqual({ mine, system, alias, verdict: theirs });
    };
    // four at a time: ssh mostly waits
    const four = [0, 1, 2, 3].map(async (turn) => {
      for (const [index, question] of cases.entries()) if (index % 4 === turn) await compare(...question);
    });
    await Promise.all(four);
  }, 120_000);

  it("takes a revocation with a tab for one, where ssh passes over the line", async () => {
    const knownHosts = `* ${text(hostKey)}\n@revoked\t* ${text(hostKey)}\n`;
    expect([weJudge(knownHosts), await sshJudges(knownHosts)]).toEqual(["revoked", "trusted"]);
  });

  it("knows an alias without the port", async () => {
    const knownHosts = `node1 ${text(hostKey)}`;
    expect(weJudge(knownHosts, { hostKeyAlias: "Node1" })).toBe("trusted");
    expect(await sshJudges(knownHosts, ["HostKeyAlias=Node1"])).toBe("trusted");
    expect(weJudge(`127.0.0.1 ${text(hostKey)}`, { hostKeyAlias: "node1" })).toBe("unknown");
  });

  it("takes an address known with another key for a change", () => {
    const knownHosts = parseKnownHosts(`a ${text(hostKey)}\n10.0.0.1 ${text(others.same)}\n`, file);
    const target = { host: "a", port: 22, address: "10.0.0.1" };
    expect(verify([knownHosts], target, hostKey.key)).toMatchObject({ kind: "changed", entries: [{ line: 2 }] });
    expect(verify([knownHosts], { ...target, address: "10.0.0.2" }, hostKey.key).kind).toBe("trusted");
  });

  it("names the lines that speak against the key", () => {
    const knownHosts = parseKnownHosts(`a ${text(others.same)}\nb ${text(hostKey)}\na ${text(others.rsa)}\n`, file);
    expect(verify([knownHosts], { host: "a", port: 22 }, hostKey.key)).toMatchObject({
      kind: "changed",
      entries: [
        { file, line: 1, keyType: "ssh-ed25519" },
        { file, line: 3, keyType: "ssh-rsa" },
      ],
    });
  });
});

describe("the order of host key algorithms", () => {
  const configured = [
    "ssh-ed25519-cert-v01@openssh.com",
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "rsa-sha2-512",
    "rsa-sha2-256",
  ];
  const ordered = (knownHosts: string) =>
    preferredHostKeyAlgorithms(lookup([parseKnownHosts(knownHosts, file)], { host: "a", port: 22 }), configured);

  it("puts what is known first and keeps the configured order", () => {
    expect(ordered("")).toEqual(["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"]);
    expect(ordered(`a ${text(others.rsa)}`)).toEqual([
      "rsa-sha2-512",
      "rsa-sha2-256",
      "ssh-ed25519",
      "ecdsa-sha2-nistp256",
    ]);
    expect(ordered(`a ${text(others.rsa)}\na ${text(others.ecdsa)}`)[0]).toBe("ecdsa-sha2-nistp256");
  });

  it("does not prefer a revoked or an authority's key", () => {
    expect(ordered(`@revoked a ${text(others.rsa)}\n@cert-authority a ${text(others.ecdsa)}`)[0]).toBe("ssh-ed25519");
  });
});

describe("a fingerprint", () => {
  it.each(Object.entries({ host: hostKey, ...others }))("of %s is ssh-keygen's", async (name, { key }) => {
    const path = join(directory, name === "same" ? "other" : name);
    const { stdout } = await openSsh("ssh-keygen", ["-l", "-f", path]);
    expect(fingerprint(key)).toBe(stdout.split(" ")[1]);
  });
});
