import * as fc from "fast-check";
import { parseIdentities } from "../../../src/node/ssh/agent-keys.ts";
import { parseCertificate } from "../../../src/node/ssh/certificate.ts";
import { verify } from "../../../src/node/ssh/host-key.ts";
import { fingerprint, keyTypeOf, parsePublicKey, splitStrings } from "../../../src/node/ssh/key-blob.ts";
import { lookup, parseKnownHosts } from "../../../src/node/ssh/known-hosts.ts";
import { formatKnownHostsLine } from "../../../src/node/ssh/known-hosts-file.ts";
import { readKeyHead } from "../../../src/node/ssh/private-key.ts";
import { type AnyTarget, must, same, target } from "../target.ts";
import { byteMutationsOf, mutationsOf, textOf } from "../text.ts";
import { agentAnswer, certificate, ecdsa, ed25519, openSshKey, rsa, sshString } from "./bytes.ts";

const publicLine = `ssh-ed25519 ${ed25519.toString("base64")} someone@here`;
const pem = (label: string, body: string) =>
  `-----BEGIN ${label}PRIVATE KEY-----\n${body}\n-----END ${label}PRIVATE KEY-----\n`;
const keyFiles = [
  pem("OPENSSH ", openSshKey.toString("base64")),
  pem("RSA ", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA"),
  pem("ENCRYPTED ", "AAAA"),
  pem("", "AAAA"),
  publicLine,
];
const knownHosts = `# a comment
a.example,10.0.0.1 ${publicLine}
[a.example]:2222 ssh-rsa ${rsa.toString("base64")}
*.example,!b.example ecdsa-sha2-nistp256 ${ecdsa.toString("base64")}
@revoked * ${publicLine}
@cert-authority *.example ${publicLine}
|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${publicLine}
`;
const hosts = ["a.example", "b.example", "c", "10.0.0.1", "::1", "192.168.1.61"];

export const sshKeyTargets: readonly AnyTarget[] = [
  target({
    name: "keyTypeOf",
    about: "the type that the bytes begin with, or none",
    seeds: [ed25519, rsa, ecdsa, certificate],
    arbitrary: byteMutationsOf([ed25519, rsa, certificate]),
    parse: keyTypeOf,
    holds: (type, bytes) =>
      must(
        type === undefined || bytes.subarray(4, 4 + type.length).equals(Buffer.from(type, "latin1")),
        "another",
        type,
      ),
  }),
  target({
    name: "splitStrings",
    about: "put together again it is the same bytes",
    seeds: [ed25519, rsa, ecdsa],
    arbitrary: byteMutationsOf([ed25519, rsa, ecdsa]),
    parse: splitStrings,
    holds: (strings, bytes) =>
      must(
        strings === undefined || Buffer.concat(strings.map(sshString)).equals(bytes),
        "other bytes",
        strings?.length,
      ),
  }),
  target({
    name: "parsePublicKey",
    about: "a key of the type it is said to be, whole; printed again it is read as the same",
    seeds: [publicLine, `ssh-rsa ${rsa.toString("base64")}`],
    arbitrary: mutationsOf(
      [publicLine, `ecdsa-sha2-nistp256\t${ecdsa.toString("base64")}`],
      ["ssh-rsa", "AAAA", "=", "=="],
    ),
    parse: parsePublicKey,
    holds(found) {
      if (found === undefined) return;
      must(keyTypeOf(found.key) === found.keyType, "another type", found.keyType);
      must(/^SHA256:[A-Za-z0-9+/]{43}$/.test(fingerprint(found.key)), "no fingerprint");
      same(parsePublicKey(`${found.keyType} ${found.key.toString("base64")}`), found, "printed and read again");
    },
  }),
  target({
    name: "readKeyHead",
    about: "a public key only where it is whole and of its type",
    seeds: keyFiles,
    arbitrary: fc.oneof(
      mutationsOf(keyFiles, ["-----BEGIN ", "PRIVATE KEY-----", "OPENSSH ", "AAAA"]),
      byteMutationsOf([openSshKey]).map((bytes) => pem("OPENSSH ", bytes.toString("base64"))),
    ),
    parse: readKeyHead,
    holds(head) {
      if (head.kind === "other" || head.publicKey === undefined) return;
      const { keyType, key } = head.publicKey;
      must(keyTypeOf(key) === keyType, "another type", keyType);
      must(parsePublicKey(`${keyType} ${key.toString("base64")}`) !== undefined, "half a key", key.length);
    },
  }),
  target({
    name: "parseIdentities",
    about: "every key lies in the message, and no key is made up",
    seeds: [agentAnswer],
    arbitrary: byteMutationsOf([agentAnswer]),
    parse: parseIdentities,
    holds(keys, message) {
      must(
        keys.every(({ key }) => message.includes(key)),
        "a key that nobody sent",
      );
      must(keys.reduce((sum, { key }) => sum + 4 + key.length, 0) <= message.length, "more keys than were sent");
    },
  }),
  target({
    name: "parseCertificate",
    about: 'its key and its authority\'s have types; names that cannot be read are not "all names"',
    seeds: [certificate, ed25519],
    arbitrary: byteMutationsOf([certificate]),
    parse: parseCertificate,
    holds(found, blob) {
      if (found === undefined) return;
      must(keyTypeOf(found.key) === "ssh-ed25519", "another type");
      const names = Buffer.concat(found.principals.map((name) => sshString(name)));
      const isText = !found.principals.join("").includes("\ufffd");
      must(!isText || blob.includes(sshString(names)), "not the names that it has", found.principals);
    },
  }),
  target({
    name: "parseKnownHosts",
    about: "a look-up gives lines of the file, in order, each once; a revoked key is never trusted",
    seeds: [knownHosts],
    arbitrary: fc.oneof(
      mutationsOf([knownHosts], ["@revoked ", "@cert-authority ", "|1|", "*", "!", ",", publicLine, "\n", "a.example"]),
      textOf(["a.example", " ", ",", publicLine, "\n", "@revoked ", "|1|", "[", "]:22", "*", "!", "#"]),
    ),
    parse: (text) => parseKnownHosts(text, "f"),
    holds(file, text) {
      const lines = text.split("\n").length;
      for (const host of hosts) {
        const found = lookup([file], { host, port: 22 });
        const numbers = found.map(({ line }) => line);
        must(
          numbers.every((line, index) => line > (numbers[index - 1] ?? 0) && line <= lines),
          "no such lines",
          numbers,
        );
        const verdict = verify([file], { host, port: 22 }, ed25519);
        const revoked = found.some(({ marker, key }) => marker === "revoked" && key.equals(ed25519));
        must(!revoked || verdict.kind === "revoked", "a revoked key is", verdict.kind);
      }
    },
  }),
  target({
    name: "formatKnownHostsLine",
    about: "a line that was written makes exactly that key of that host known, hashed or not",
    seeds: [
      { host: "a", port: 22, hash: true },
      { host: "::1", port: 2222, hash: false },
    ],
    arbitrary: fc.record({
      host: fc.oneof(fc.constantFrom(...hosts), fc.stringMatching(/^[A-Za-z0-9._:][A-Za-z0-9._:-]{0,20}$/)),
      port: fc.constantFrom(22, 2222, 1, 65535),
      hash: fc.boolean(),
    }),
    large: (_, length) => [{ host: "a".repeat(Math.min(length, 1000)), port: 22, hash: true }],
    parse: ({ host, port, hash }) => formatKnownHostsLine({ host, port }, ed25519, hash),
    holds(line, { host, port }) {
      const files = [parseKnownHosts(`${line}\n`, "f")];
      must(verify(files, { host, port }, ed25519).kind === "trusted", "not known", line);
      must(verify(files, { host: `${host}x`, port }, ed25519).kind === "unknown", "known by another name", line);
      must(verify(files, { host, port }, rsa).kind === "changed", "another key is not a changed one", line);
    },
  }),
];
