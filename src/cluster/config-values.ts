import { resolve } from "node:path";
import { badValue } from "../values.ts";

// Readers of one value each. All throw UserError (exit 2) that names the value and what was expected.

/** What paths are relative to. */
export interface Base {
  /** Absolute. */
  readonly directory: string;
  readonly home: string;
}

/** An absolute path: `~/` is the home directory, the rest is relative to the file the setting stands in. */
export function readPath(text: string, base: Base): string {
  if (text === "~" || text.startsWith("~/")) return resolve(base.home, text.slice(2));
  if (text.startsWith("~")) throw badValue(text, "a path", "only ~/ is known, not another user's home");
  return resolve(base.directory, text);
}

/** Directories with `:` between them. */
export function readPaths(text: string, base: Base): readonly string[] {
  const parts = text.split(":").map((part) => part.trim());
  return parts.filter((part) => part !== "").map((part) => readPath(part, base));
}

/** libvirt's URI on the node. */
export function readUri(text: string): string {
  if (/^[a-z]+\+(?:ssh|libssh2?|tls|tcp)?:/i.test(text))
    throw badValue(
      text,
      "a URI on the node",
      "mclu logs in by itself, so write what virsh is given there: qemu:///system",
    );
  if (!/^[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+$/i.test(text))
    throw badValue(text, "a libvirt URI", "expected one like qemu:///system");
  return text;
}

/** Group names with commas or spaces between them. */
export function readGroups(text: string): readonly string[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== "");
  for (const name of names) {
    if (/^@[A-Za-z0-9._-]+$/.test(name))
      throw badValue(name, "a group name", `write it without the @ here: ${name.slice(1)}`);
    if (!/^[A-Za-z0-9._-]+$/.test(name))
      throw badValue(name, "a group name", 'it has letters, digits, ".", "_" and "-"');
  }
  return [...new Set(names)];
}

export function readWeight(text: string): number {
  if (!/^[0-9]{1,9}(?:\.[0-9]{1,6})?$/.test(text))
    throw badValue(text, "a weight", "expected a number from 0 (takes nothing) up");
  return Number(text);
}

/** A hardware address, lower case with colons. */
export function readMac(text: string): string {
  if (!/^(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i.test(text))
    throw badValue(text, "a hardware address", "expected six pairs of hex digits: 52:54:00:12:34:56");
  return text.toLowerCase().replaceAll("-", ":");
}

/** Seconds, `1.5` or `3s`. */
export function readSeconds(text: string): number {
  const [, digits] = /^([0-9]{1,4}(?:\.[0-9]{1,3})?)\s*s?$/.exec(text) ?? [];
  const seconds = Number(digits);
  // NaN is no number of seconds either
  if (!(seconds > 0 && seconds <= 3600))
    throw badValue(text, "a timeout", "expected seconds, more than 0 and at most 3600");
  return seconds;
}

/** How many nodes are asked at once. */
export function readFanout(text: string): number {
  const fanout = Number(text);
  if (!/^[0-9]{1,4}$/.test(text) || fanout < 1 || fanout > 1000)
    throw badValue(text, "a fanout", "expected a number from 1 to 1000");
  return fanout;
}
