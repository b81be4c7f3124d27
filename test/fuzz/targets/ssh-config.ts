import * as fc from "fast-check";
import { hostsOfLine } from "../../../src/node/ssh/config-hosts.ts";
import { judgeLine, variablesIn } from "../../../src/node/ssh/config-sources.ts";
import { matchesPattern, matchesPatternList } from "../../../src/node/ssh/pattern.ts";
import { parseProxyJump } from "../../../src/node/ssh/proxy-jump.ts";
import { formatKept, parseKept } from "../../../src/node/ssh/resolve-store.ts";
import { parseSshG, settingsFrom, splitPaths } from "../../../src/node/ssh/ssh-g.ts";
import { expandPath, expandTokens, proxyTokens } from "../../../src/node/ssh/tokens.ts";
import { type AnyTarget, count, must, same, target } from "../target.ts";
import { mutationsOf, textOf } from "../text.ts";

const local = {
  user: "me",
  uid: 1000,
  home: "/home/me",
  hostname: "here.example",
  env: { SSH_AUTH_SOCK: "/a", V: "v" },
};
const context = { local, original: "ham0", hostname: "10.0.0.1", port: 22, user: "root" };

const sshG = `user root
hostname 10.0.0.1
port 22
addressfamily any
connecttimeout none
serveraliveinterval 0
stricthostkeychecking ask
identityfile ~/.ssh/id_ed25519
identityfile /k/%h-%r
userknownhostsfile /home/me/.ssh/known_hosts /home/me/.ssh/known hosts2
globalknownhostsfile /etc/ssh/ssh_known_hosts ~/x
proxyjump admin@j1:2222,[fe80::1]:22
proxycommand nc %h %p
identityagent SSH_AUTH_SOCK
hostkeyalias Alias
revokedhostkeys /r
ciphers a,b
`;

const opening = "$".concat("{");
const variable = `${opening}V}`;
const config = `Host ham*
  HostName %h.example
  IdentityFile ${variable}/id
Include config.d/*
Match host ham0 user root
  CanonicalizeHostname no
Match exec "true"
Include /etc/x "quoted"
`;

const kept = JSON.stringify({
  version: 1,
  machine: "m",
  configs: { "": { files: { "/a": "absent" }, variables: { V: "x" }, answers: { '["-GT"]': "user root\n" } } },
});

export const sshConfigTargets: readonly AnyTarget[] = [
  target({
    name: "settingsFrom",
    about: "numbers are finite, the port is one, hops have hosts",
    seeds: [sshG],
    arbitrary: mutationsOf(
      [sshG],
      ["port ", "proxyjump ", "connecttimeout ", "none", "identityfile ", variable, "%%", "~/"],
    ),
    errors: [Error],
    parse: (text) => settingsFrom(parseSshG(text), "ham0", local),
    holds({ port, connectTimeout = 0, serverAliveInterval, proxyJump, identityFiles }) {
      must(Number.isInteger(port) && port > 0 && port < 65536, "no port", port);
      count(connectTimeout, "a time-out");
      count(serverAliveInterval, "an interval");
      for (const { host, port: hop = 22 } of proxyJump)
        must(host !== "" && !host.startsWith("-") && hop > 0 && hop < 65536, "no hop", { host, hop });
      must(
        identityFiles.every((path) => !/^none$/i.test(path)),
        "a file named none",
      );
    },
  }),
  target({
    name: "splitPaths",
    about: "every word is in it once, in order",
    seeds: ["/a /b", "/a b /c", "~/x none"],
    arbitrary: textOf(["/a", " ", "b", "~/x", "none", "/"]),
    parse: splitPaths,
    holds(paths, text) {
      const words = (all: string) => all.split(" ").filter((word) => word !== "" && !/^none$/i.test(word));
      must(
        words(paths.join(" ")).every((word) => text.includes(word)),
        "a word that was not there",
        paths,
      );
      must(
        paths.every((path) => path !== ""),
        "an empty path",
      );
    },
  }),
  target({
    name: "parseProxyJump",
    about: "hops have hosts that are no options, ports that are ports, users without blanks",
    seeds: ["admin@j1:2222,j2", "ssh://u@[::1]:22/", "fe80::1", "none", "a@b@c"],
    arbitrary: textOf(["a", "u@", "host", ":22", "[::1]", "::1", ",", "ssh://", "/", "none", "-x", " "]),
    errors: [Error],
    parse: parseProxyJump,
    holds(hops) {
      for (const { host, user, port = 22 } of hops) {
        must(host !== "" && !host.startsWith("-") && !/\s/.test(host), "no host", host);
        must(Number.isInteger(port) && port > 0 && port < 65536, "no port", port);
        must(user === undefined || (user !== "" && !/\s/.test(user)), "no user", user);
      }
      const print = ({ host, user, port }: (typeof hops)[number]) =>
        `${user === undefined ? "" : `${user}@`}[${host}]${port === undefined ? "" : `:${port}`}`;
      same(parseProxyJump(hops.map(print).join(",")), hops, "printed and read again");
    },
  }),
  target({
    name: "expandTokens",
    about: "no token is left, and text without any is as it was",
    seeds: ["nc %h %p", "%%h", "%"],
    arbitrary: textOf(["%h", "%p", "%r", "%n", "%%", "%x", "nc "]),
    errors: [Error],
    parse: (text) => expandTokens(text, proxyTokens(context)),
    holds: (found, text) => must(text.includes("%") || found === text, "changed", found),
  }),
  target({
    name: "expandPath",
    about: "no variable is left, and text without any is as it was",
    seeds: ["~/.ssh/id", `${variable}/x`, "/k/%h-%C", "~other/x"],
    arbitrary: textOf(["~", "~/", variable, opening, "}", `${opening}U}`, "%h", "%C", "%d", "/k", "%%"]),
    errors: [Error],
    parse: (text) => expandPath(text, context),
    holds(found, text) {
      must(/[~$%]/.test(text) || found === text, "changed", found);
      must(/%/.test(text) || !found.includes(opening), "a variable is left", found);
    },
  }),
  target({
    name: "hostsOfLine",
    about: "names that are in the line, and are no pattern, no option and no shell text",
    seeds: ["Host ham0 ham1", 'Host="a" b # c', "host * !x 10.0.0.1"],
    arbitrary: textOf(["Host ", "host=", "ham0", " ", '"', "#", "*", "!", "10.0.0.1", "-o", "\\", "\t"]),
    parse: hostsOfLine,
    holds: (hosts, line) =>
      must(
        hosts.every((host) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(host) && line.includes(host)),
        "no host",
        hosts,
      ),
  }),
  target({
    name: "judgeLine",
    about: "only plain lines keep answers; an Include of quotes, variables or tokens is not followed",
    seeds: config.split("\n"),
    arbitrary: fc.oneof(
      mutationsOf(config.split("\n")),
      textOf(["Include", " ", "=", "/a", "Match ", "host a", "exec ", '"']),
    ),
    parse: judgeLine,
    holds(verdict, line) {
      if (verdict.kind === "include") must(!/["'$%#\\]/.test(verdict.patterns.join("")), "what ssh would expand", line);
      if (verdict.kind === "plain") must(!/^\s*match\s+(?:exec|canonical)\b/i.test(line), "a Match that runs", line);
    },
  }),
  target({
    name: "variablesIn",
    about: "every variable that a path could be made of is named",
    seeds: [config],
    arbitrary: mutationsOf([config, `Include ${variable}`], ["Include ", variable, opening, "}", "Match ", "\n"]),
    parse: variablesIn,
    holds(found, text) {
      must(
        found.every((name) => text.includes(`${opening}${name}}`) && !name.includes("}")),
        "no variable",
        found,
      );
      must(!text.includes(variable) || found.some((name) => name.endsWith("V")), "V is missed", found);
    },
  }),
  target({
    name: "parseKept",
    about: "every answer is a text; printed again it is read as the same; damaged, or another machine's, it is nothing",
    seeds: [kept, "", "null", "[]"],
    arbitrary: mutationsOf([kept], ['{"version":1,', '"configs":', "{", "}", "[", "]", '""', ":", ",", '"__proto__":']),
    parse: (text) => parseKept(text, "m"),
    holds(found) {
      for (const { files, variables, answers } of found.values())
        for (const part of [files, variables, answers])
          must(
            Object.values(part).every((value) => typeof value === "string"),
            "no text",
            part,
          );
      same(parseKept(formatKept("m", found), "m"), found, "printed and read again");
      must(parseKept(formatKept("m", found), "other").size === 0, "another machine's");
    },
  }),
  target<Matching, boolean>({
    name: "matchesPattern",
    about: "as a regular expression says it; a list never matches what it negates",
    seeds: [
      { text: "ham0", pattern: "ham*" },
      { text: "ham0", pattern: "*a?0" },
    ],
    arbitrary: fc.record({ text: textOf(["a", "b", "ham0"], 8), pattern: textOf(["*", "?", "a", "b", "*", "ham"], 8) }),
    large: (repeated, length) => {
      const text = repeated.repeat(length / repeated.length);
      // names and patterns have at most 1022 characters in OpenSSH
      return [
        { text, pattern: "*a*a*b" },
        { text: "a".repeat(2000), pattern: text.slice(0, 1000) },
      ];
    },
    parse: ({ text, pattern }) => matchesPattern(text, pattern),
    holds(matched, { text, pattern }) {
      const negated = matchesPatternList(text.toLowerCase(), `*,!${pattern}`);
      if (!pattern.includes(",")) must(!(matched && negated) || text !== text.toLowerCase(), "matches and does not");
      if (text.length > 40) return;
      const source = [...pattern].map((each) => (each === "*" || each === "?" ? each : escapeCharacter(each))).join("");
      const expression = new RegExp(`^${source.replace(/\*+/g, "[^]*").replace(/\?/g, "[^]")}$`);
      same(matched, expression.test(text), `${JSON.stringify(text)} and ${JSON.stringify(pattern)}`);
    },
  }),
];

interface Matching {
  readonly text: string;
  readonly pattern: string;
}

function escapeCharacter(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
    .join("");
}
