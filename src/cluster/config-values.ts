import { resolve } from "node:path";
import { exitCodes, UserError } from "../errors.ts";
import type { NodeSettings } from "../node/settings.ts";
import { closest } from "../suggest.ts";

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
  if (text.startsWith("~")) throw bad(text, "a path", "only ~/ is known, not another user's home");
  return resolve(base.directory, text);
}

/** Directories with `:` between them. */
export function readPaths(text: string, base: Base): readonly string[] {
  const parts = text.split(":").map((part) => part.trim());
  return parts.filter((part) => part !== "").map((part) => readPath(part, base));
}

export function readChoice<T extends string>(text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const near = closest(text, choices);
  throw bad(text, "known here", `expected ${choices.join(", ")}${near === undefined ? "" : `: did you mean ${near}?`}`);
}

/** libvirt's URI on the node. */
export function readUri(text: string): string {
  if (/^[a-z]+\+(?:ssh|libssh2?|tls|tcp)?:/i.test(text))
    throw bad(text, "a URI on the node", "mclu logs in by itself, so write what virsh is given there: qemu:///system");
  if (!/^[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+$/i.test(text))
    throw bad(text, "a libvirt URI", "expected one like qemu:///system");
  return text;
}

/** The name of a pool or a network: libvirt forbids `/`, and a leading `-` would be an option of virsh. */
export function readLibvirtName(text: string): string {
  if (!/^[^/:\p{C}-][^/:\p{C}]*$/u.test(text))
    throw bad(text, "a name libvirt can give", 'it has no "/" or ":" and no leading "-"');
  return text;
}

/** `NETWORK`, or `bridge:BR` for a bridge of the host. */
export function readNetwork(text: string): NodeSettings["network"] {
  const bridge = /^bridge:(.*)$/.exec(text)?.[1];
  if (bridge === undefined && text.includes(":")) throw bad(text, "a network", "expected NETWORK or bridge:BR");
  if (bridge === undefined) return { kind: "network", name: readLibvirtName(text) };
  // Linux: at most 15 bytes (IFNAMSIZ)
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/.test(bridge)) throw bad(text, "a bridge", "expected one like bridge:br0");
  return { kind: "bridge", name: bridge };
}

/** Group names with commas or spaces between them. */
export function readGroups(text: string): readonly string[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== "");
  for (const name of names) {
    if (/^@[A-Za-z0-9._-]+$/.test(name))
      throw bad(name, "a group name", `write it without the @ here: ${name.slice(1)}`);
    if (!/^[A-Za-z0-9._-]+$/.test(name)) throw bad(name, "a group name", 'it has letters, digits, ".", "_" and "-"');
  }
  return [...new Set(names)];
}

export function readWeight(text: string): number {
  if (!/^[0-9]{1,9}(?:\.[0-9]{1,6})?$/.test(text))
    throw bad(text, "a weight", "expected a number from 0 (takes nothing) up");
  return Number(text);
}

/** A hardware address, lower case with colons. */
export function readMac(text: string): string {
  if (!/^(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i.test(text))
    throw bad(text, "a hardware address", "expected six pairs of hex digits: 52:54:00:12:34:56");
  return text.toLowerCase().replaceAll("-", ":");
}

/** Seconds, `1.5` or `3s`. */
export function readSeconds(text: string): number {
  const [, digits] = /^([0-9]{1,4}(?:\.[0-9]{1,3})?)\s*s?$/.exec(text) ?? [];
  const seconds = Number(digits);
  // NaN is no number of seconds either
  if (!(seconds > 0 && seconds <= 3600)) throw bad(text, "a timeout", "expected seconds, more than 0 and at most 3600");
  return seconds;
}

/** How many nodes are asked at once. */
export function readFanout(text: string): number {
  const fanout = Number(text);
  if (!/^[0-9]{1,4}$/.test(text) || fanout < 1 || fanout > 1000)
    throw bad(text, "a fanout", "expected a number from 1 to 1000");
  return fanout;
}

function bad(text: string, kind: string, expected: string): UserError {
  return new UserError(`"${text}" is not ${kind}: ${expected}`, { exitCode: exitCodes.usage });
}
