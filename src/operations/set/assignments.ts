import { exitCodes, UserError } from "../../errors.ts";
import { quote } from "../../node/shell.ts";
import { parseSize } from "../../size.ts";
import { closest } from "../../suggest.ts";
import { badValue } from "../../values.ts";

/** What a guest may boot from, in libvirt's words. */
export const bootDevices = ["hd", "cdrom", "network"] as const;

export type BootDevice = (typeof bootDevices)[number];

/** What `set` can be told; absent: it stays as it is. */
export interface Assignments {
  readonly vcpus?: number;
  /** Bytes. */
  readonly memory?: number;
  /** What is tried first, second ...; what is not named comes after it, as it was. */
  readonly boot?: readonly BootDevice[];
  /** "": none. */
  readonly description?: string;
  readonly autostart?: boolean;
}

const keys = ["vcpus", "memory", "boot", "description", "autostart"] as const;
const examples = "for example mclu set web1 vcpus=4 memory=8G boot=cdrom description='the wiki' autostart=yes";
/** Bytes: what no guest can do without, so that 512K is known for a slip. */
const leastMemory = 4 * 1024 ** 2;

/** Whether a word of the command line is an assignment and no guest. */
export function isAssignment(word: string): boolean {
  return /^[a-z]+=/i.test(word);
}

/** Reads `vcpus=4 memory=8G`, behind the guests. Throws UserError (exit 2) for what `set` does not know, has twice or cannot read. */
export function parseAssignments(words: readonly string[]): Assignments {
  const given = new Map<string, string>();
  for (const word of words) {
    const [, key = "", value = ""] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
    if (!keys.some((known) => known === key)) {
      const others = words.filter(isAssignment);
      // no command line has a NUL, but a program's words may
      const isGuest = !word.includes("=") && others.length > 0 && !words.join("").includes("\0");
      throw isGuest ? guestBehind(word, others) : unknownKey(word, key);
    }
    if (given.has(key)) throw usage(`${key} is given twice`, `${key}=${value} alone`);
    given.set(key, value);
  }
  if (given.size === 0) throw usage("nothing is to be set", examples);
  return Object.assign({}, ...[...given].map(([key, value]) => readAssignment(key, value)));
}

function readAssignment(key: string, value: string): Assignments {
  switch (key) {
    case "vcpus":
      if (!/^[1-9]\d{0,3}$/.test(value))
        throw badValue(value, "a number of vCPUs", "expected a whole one from 1, like vcpus=4");
      return { vcpus: Number(value) };
    case "memory":
      return { memory: readMemory(value) };
    case "boot":
      return { boot: readBoot(value) };
    case "description":
      // as XML 1.0 has it
      if (/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(value))
        throw usage("the description has a character that libvirt cannot keep", "leave control characters out");
      return { description: value };
    default:
      if (!/^(yes|no)$/.test(value)) throw badValue(value, "an answer", "expected autostart=yes or autostart=no");
      return { autostart: value === "yes" };
  }
}

function readMemory(value: string): number {
  const bytes = parseSize(value);
  if (bytes < leastMemory)
    throw badValue(value, "memory that a guest can run with", "expected 4M or more, like memory=2G");
  return Math.ceil(bytes / 1024) * 1024;
}

function readBoot(value: string): readonly BootDevice[] {
  const devices = value.split(",").map((word) => {
    const device = bootDevices.find((known) => known === word);
    if (!device)
      throw badValue(word, "a boot device", `expected ${bootDevices.join(", ")}, or several like boot=cdrom,hd`);
    return device;
  });
  if (new Set(devices).size < devices.length) throw badValue(value, "a boot order", "it names a device twice");
  return devices;
}

function guestBehind(word: string, assignments: readonly string[]): UserError {
  return usage(`${word} sets nothing; guests come first`, `mclu set ${[word, ...assignments].map(quote).join(" ")}`);
}

function unknownKey(word: string, key: string): UserError {
  const near = closest(key, keys);
  const meant = near === undefined ? "" : `: did you mean ${near}?`;
  return usage(`${word} sets nothing that mclu knows${meant}`, `${keys.join(", ")}; ${examples}`);
}

function usage(message: string, hint: string): UserError {
  return new UserError(message, { hint, exitCode: exitCodes.usage });
}
