import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";

/** A known_hosts file as a test made it up, and the name that is looked up in it. */
export interface Question {
  readonly text: string;
  readonly name: string;
}

const names = ["a", "ab", "abc", "b.example.org", "10.0.0.1", "::1", "[a]:2222", "[b.example.org]:22", "[::1]:2222"];
const name = fc.constantFrom(...names);

const pattern = fc.oneof(
  name,
  name.map((text) => text.toUpperCase()),
  fc.constantFrom("*", "a*", "*b", "?", "a?", "*.example.org", "[*]:2222", "10.0.0.*", "", "?*", "a**c", "[a", "é"),
  // OpenSSH gives up on a list with a longer name than 1022 characters
  fc.integer({ min: 1020, max: 1024 }).map((length) => "*".padEnd(length, "*")),
);
const patterns = fc
  .array(fc.tuple(fc.boolean(), pattern), { minLength: 1, maxLength: 4 })
  .map((items) => items.map(([negated, text]) => (negated && text !== "" ? `!${text}` : text)).join(","));

/** `|1|SALT|HASH` as OpenSSH writes it, and some that it would not. */
const hashed = fc
  .tuple(name, fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.constantFrom("", "", "", "", "salt", "tail", "case"))
  .map(([host, bytes, fault]) => {
    const salt = Buffer.from(fault === "salt" ? bytes.subarray(4) : bytes);
    const hash = createHmac("sha1", salt)
      .update(fault === "case" ? host.toUpperCase() : host)
      .digest("base64");
    return `|1|${salt.toString("base64")}|${hash}${fault === "tail" ? "," : ""}`;
  });

/** `TYPE BASE64`, sound and not, some with what may stand behind. */
function keyText(keys: readonly string[]) {
  const sound = fc.constantFrom(...keys);
  const spoilt = fc
    .tuple(sound, fc.constantFrom("cut", "cut more", "byte more", "no padding", "bits", "type", "character", "case"))
    .map(([key, fault]) => spoil(key, fault, keys));
  const renamed = fc.tuple(
    sound,
    fc.constantFrom("ED25519", "ed25519", "RSA", "rsa", "ECDSA", "rsa-sha2-512", "ssh-dss"),
  );
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(sound, fc.constantFrom("", "", " comment", "\r", " a b\r", "\t# x", "\0 x", "\r\r", "\v"))
        .map(([key, tail]) => key + tail),
    },
    { weight: 2, arbitrary: spoilt },
    { weight: 1, arbitrary: renamed.map(([key, type]) => key.replace(/^\S+/, type)) },
    { weight: 1, arbitrary: fc.constantFrom("", "# comment", "1024 35 1234567890", "ssh-ed25519", "ssh-ed25519 #") },
  );
}

function spoil(key: string, fault: string, keys: readonly string[]): string {
  const [type = "", base64 = ""] = key.split(" ");
  switch (fault) {
    case "cut":
      return key.slice(0, -4);
    case "cut more":
      return key.slice(0, -11);
    case "byte more":
      return `${type} ${Buffer.concat([Buffer.from(base64, "base64"), Buffer.alloc(1)]).toString("base64")}`;
    case "no padding":
      return key.replace(/=+$/, "");
    case "bits":
      // the bits behind the last byte are not zero
      return key.replace(/(.)(=+)$/, (_, last: string, padding: string) => nextLetter(last) + padding);
    case "type":
      return `${keys[(keys.indexOf(key) + 2) % keys.length]?.split(" ")[0]} ${base64}`;
    case "character":
      return key.replace(/.{9}$/, (end) => `!${end.slice(1)}`);
    default:
      return `${type.toUpperCase()} ${base64}`;
  }
}

const nextLetter = (letter: string) => String.fromCharCode(letter.charCodeAt(0) + 1);

const blank = fc.constantFrom(" ", "\t", "  ", " \t ");

/** Files of up to twelve lines, with these keys in them. */
export function questions(keys: readonly string[]): fc.Arbitrary<Question> {
  const parts = fc.tuple(
    fc.constantFrom("", "", "", " ", "\t"),
    fc.constantFrom("", "", "", "", "@revoked", "@cert-authority", "@other", "@revoked @revoked", "@", "@REVOKED"),
    // before a tab OpenSSH sees no marker, unless there is no space in the line
    fc.constantFrom(" ", "  ", " \t "),
    fc.oneof({ weight: 3, arbitrary: patterns }, hashed),
    blank,
    keyText(keys),
  );
  const line = fc.oneof(
    {
      weight: 12,
      arbitrary: parts.map(([indent, marker, gap1, host, gap2, key]) =>
        [indent, marker, marker === "" ? "" : gap1, host, gap2, key].join(""),
      ),
    },
    fc.constantFrom("", "\r", "#", "# a ssh-ed25519", "a", "garbage", "|1|x|y ssh-ed25519 AAAA", "|2|a|b c d", "||"),
    fc.constant(`# ${"long ".repeat(3000)}`),
  );
  const lines = fc.array(line, { maxLength: 12 });
  // a line may well be there twice
  const repeated = fc.tuple(lines, fc.boolean()).map(([all, twice]) => (twice ? [...all, ...all.slice(0, 2)] : all));
  return fc
    .tuple(repeated, fc.constantFrom("\n", "\n", "\r\n"), fc.boolean(), name)
    .map(([all, end, ended, asked]) => ({ text: all.join(end) + (ended ? end : ""), name: asked }));
}

/** What is found of a name, a line each: `LINE MARKER FINGERPRINT`. */
export type Found = readonly string[];

/** What `ssh-keygen -l -F` finds, which parses keys as ssh does: one process each, all started by one shell. */
export function keygenFinds(directory: string, asked: readonly Question[]): Found[] {
  mkdirSync(directory);
  for (const [index, { text }] of asked.entries()) writeFileSync(join(directory, String(index)), text, "latin1");
  const list = asked.map((question, index) => `${index} ${question.name}\n`).join("");
  const script =
    'while read -r file name; do echo "== $file"; ssh-keygen -l -F "$name" -f "$file" 2>/dev/null; done; :';
  const options = { cwd: directory, input: list, encoding: "latin1", maxBuffer: 64 * 1024 * 1024 } as const;
  const answers = execFileSync("sh", ["-c", script], options).split(/^== \d+\n/m);
  return answers.slice(1).map(readFound);
}

function readFound(answer: string): Found {
  const found = /^# Host .* found: line (\d+) ?(CA|REVOKED)? *\n\S+ \S+ (\S+)/gm;
  return [...answer.matchAll(found)].map(([, line, note, print]) => [line, note, print].filter(Boolean).join(" "));
}
