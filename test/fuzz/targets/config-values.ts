import * as fc from "fast-check";
import {
  readFanout,
  readGroups,
  readMac,
  readPath,
  readPaths,
  readSeconds,
  readUri,
  readWeight,
} from "../../../src/cluster/config-values.ts";
import {
  formatNodeAddress,
  readNodeAddress,
  readNodeName,
  readPort,
  readUser,
} from "../../../src/cluster/node-address.ts";
import { parseSeconds } from "../../../src/commands/parse-seconds.ts";
import { UserError } from "../../../src/errors.ts";
import { parseChoice } from "../../../src/operations/init/hosts.ts";
import { formatExactSize, parseSize } from "../../../src/size.ts";
import { closest } from "../../../src/suggest.ts";
import { readChoice, readLibvirtName, readNetwork } from "../../../src/values.ts";
import { type AnyTarget, must, same, target } from "../target.ts";
import { mutationsOf, textOf } from "../text.ts";

const base = { directory: "/etc/mclu", home: "/home/me" };

/** A reader of one value: what it accepts, and an error of what it does not. */
function value<T>(
  name: string,
  about: string,
  seeds: readonly string[],
  read: (text: string) => T,
  holds: (value: T, text: string) => void,
) {
  const pieces = [...new Set(seeds.flatMap((seed) => seed.split(/(?<=\W)|(?=\W)/)))];
  return target({
    name,
    about,
    seeds,
    arbitrary: fc.oneof(mutationsOf(seeds), textOf(pieces, 8)),
    errors: [UserError],
    parse: read,
    holds,
  });
}

export const isWord = (text: string) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text);
export const isHost = (text: string) => isWord(text) || /^[0-9a-f:.]+(?:%[\w.:-]+)?$/i.test(text);

/** Single values of mclu.conf and of the command line. */
export const configValueTargets: readonly AnyTarget[] = [
  value(
    "readNodeName",
    'letters, digits and `._-`, and never "all"',
    ["ham0", "host0.example.jp"],
    readNodeName,
    (found) => must(isWord(found) && found !== "all", "no name", found),
  ),
  value(
    "readNodeAddress",
    "a host that is no option and no shell text, a user, a port; printed again it is read as the same",
    ["admin@10.0.0.11:2222", "[fe80::1]:22", "::1", "a@b@c", "ssh://x"],
    readNodeAddress,
    (found) => {
      must(isHost(found.host) && !/[-\s$`;&|<>'"\\]/.test(found.host.charAt(0)), "no host", found.host);
      must(found.user === undefined || /^[A-Za-z0-9._][A-Za-z0-9._@+-]*$/.test(found.user), "no user", found.user);
      same(readNodeAddress(formatNodeAddress(found)), found, "again");
    },
  ),
  value(
    "parseChoice",
    "hosts whose names and addresses are such, no name twice",
    ["1-2, 3", "all", "pig=root@10.0.0.9:22 ham0", "v6=fd00::1", "mac"],
    (text) => parseChoice(text, ["ham0", "ham1", "ham2"]),
    (hosts) => {
      must(
        hosts.every(({ name, address }) => isWord(name) && isHost(address.host)),
        "no host",
        hosts,
      );
      must(new Set(hosts.map(({ name }) => name.toLowerCase())).size === hosts.length, "a name twice", hosts);
    },
  ),
  value("readUser", "no blanks, no shell text, no option", ["root", "u@realm"], readUser, (found) =>
    must(/^[A-Za-z0-9._][A-Za-z0-9._@+-]*$/.test(found), "no user", found),
  ),
  value("readPort", "a whole number from 1 to 65535", ["22", "65535"], readPort, (port) =>
    must(Number.isInteger(port) && port > 0 && port < 65536, "no port", port),
  ),
  value(
    "readPath",
    "an absolute path",
    ["~/x", "a/../b", "/c"],
    (text) => readPath(text, base),
    (path) => must(path.startsWith("/") && !path.split("/").includes(".."), "not absolute", path),
  ),
  value(
    "readPaths",
    "absolute paths",
    ["~/x:a:/c", "::"],
    (text) => readPaths(text, base),
    (paths) =>
      must(
        paths.every((path) => path.startsWith("/")),
        "not absolute",
        paths,
      ),
  ),
  value(
    "readChoice",
    "one of the choices",
    ["auto", "ssh"],
    (text) => readChoice(text, ["auto", "ssh"]),
    (found, text) => must(found === text && ["auto", "ssh"].includes(found), "another", found),
  ),
  value(
    "readUri",
    "a URI of printable characters, for no other host",
    ["qemu:///system", "test:///x?y=1", "qemu+ssh://a/"],
    readUri,
    (uri) => must(/^[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+$/i.test(uri), "no URI", uri),
  ),
  value(
    "readLibvirtName",
    "no slash, no control character, no leading dash",
    ["default", "my net"],
    readLibvirtName,
    (name) => must(!/[/\p{Cc}]|^-/u.test(name) && name !== "", "no name", name),
  ),
  value(
    "readNetwork",
    "a network, or a bridge's name as Linux has them",
    ["default", "bridge:br0"],
    readNetwork,
    ({ kind, name }) =>
      must(kind === "bridge" ? /^[\w][\w.-]{0,14}$/.test(name) : !/[/\p{Cc}]|^-/u.test(name), "no name", name),
  ),
  value("readGroups", "names, each once", ["fast, old", "a a,b"], readGroups, (groups) =>
    must(groups.every((name) => /^[\w.-]+$/.test(name)) && new Set(groups).size === groups.length, "no groups", groups),
  ),
  value("readWeight", "a finite number from 0 up", ["1", "0.25"], readWeight, (weight) =>
    must(Number.isFinite(weight) && weight >= 0, "no weight", weight),
  ),
  value("readMac", "six pairs of hex digits", ["52:54:00:12:34:56", "52-54-00-AB-34-56"], readMac, (mac) =>
    must(/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac), "no address", mac),
  ),
  value("readSeconds", "more than 0, at most 3600", ["1.5", "3s", "60 s"], readSeconds, (seconds) =>
    must(seconds > 0 && seconds <= 3600, "no time", seconds),
  ),
  value("readFanout", "a whole number from 1 to 1000", ["32", "1000"], readFanout, (fanout) =>
    must(Number.isInteger(fanout) && fanout >= 1 && fanout <= 1000, "no fanout", fanout),
  ),
  value("parseSeconds", "more than 0, and what a timer holds", ["2", "0.5", "3s"], parseSeconds, (seconds) =>
    must(seconds > 0 && seconds * 1000 < 2 ** 31, "no time", seconds),
  ),
  value(
    "parseSize",
    "whole bytes from 0 up; printed again it is read as the same",
    ["512M", "1.5G", "2 TiB", "100kB", "0"],
    parseSize,
    (bytes) => {
      must(Number.isSafeInteger(bytes) && bytes >= 0, "no size", bytes);
      same(parseSize(formatExactSize(bytes)), bytes, "printed and read again");
    },
  ),
  value(
    "closest",
    "a candidate, or nothing",
    ["connect-timeout", "hma0"],
    (text) => closest(text, [...candidates, text]),
    (found, text) => must(found !== undefined || text.length > 200, "nothing, where the word itself is there"),
  ),
];

const candidates = ["ham0", "connect-timeout", "nodes", "x".repeat(200)];
