import { exitCodes, UserError } from "../errors.ts";
import { parseSize } from "../size.ts";
import { closest } from "../suggest.ts";
import { badValue, readChoice, readLibvirtName, readNetwork } from "../values.ts";
import { readChecksum, readSource } from "./source.ts";

const mib = 1024 ** 2;
/** Bytes. */
export const leastMemory = 16 * mib;
/** Bytes. */
export const leastDisk = mib;

/** Every key of [template], with what reads its value. The readers throw UserError (exit 2). */
export const headKeys = {
  description: (text: string) => text,
  image: readImage,
  source: readSource,
  checksum: readChecksum,
  "check-signature": readYesNo,
  memory: (text: string) => atLeast(text, leastMemory, "memory"),
  vcpus: readVcpus,
  size: (text: string) => atLeast(text, leastDisk, "a disk"),
  firmware: (text: string) => readChoice(text, ["bios", "uefi"]),
  network: readNetwork,
  pool: readLibvirtName,
  graphics: (text: string) => readChoice(text, ["vnc", "spice", "none"]),
  os: readOs,
  tested: readYesNo,
} as const;

export type HeadKey = keyof typeof headKeys;

export function isHeadKey(name: string): name is HeadKey {
  return Object.hasOwn(headKeys, name);
}

/** What others call these keys. */
const elsewhere = new Map<string, HeadKey>([
  ["name", "description"],
  ["template", "image"],
  ["os-version", "image"],
  ["url", "source"],
  ["uri", "source"],
  ["sha256", "checksum"],
  ["sha512", "checksum"],
  ["ram", "memory"],
  ["mem", "memory"],
  ["cpu", "vcpus"],
  ["cpus", "vcpus"],
  ["disk", "size"],
  ["boot", "firmware"],
  ["bridge", "network"],
  ["os-variant", "os"],
  ["osinfo", "os"],
]);

/** What was likely meant by a key that [template] does not have. */
export function unknownHeadKey(key: string): string {
  const names = Object.keys(headKeys);
  const [word = key] = /^[^\s:]+/.exec(key) ?? [];
  if (word !== key && isHeadKey(word)) return `"${key}" is not KEY = VALUE: the "=" is missing behind ${word}`;
  const name = key.toLowerCase().replaceAll("_", "-");
  const meant = elsewhere.get(name) ?? closest(name, names);
  const meaning = meant === undefined ? `keys are ${names.join(" ")}` : `did you mean ${meant}?`;
  return `unknown key "${key}" in [template]: ${meaning}`;
}

/** virt-builder's name of an image. */
function readImage(text: string): string {
  if (/[/:]|\.(?:qcow2|img|raw|iso)$/.test(text))
    throw badValue(text, "a name of virt-builder's", `if it is where a cloud image is, write source = ${text}`);
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(text))
    throw badValue(text, "a name of virt-builder's", "expected one that virt-builder --list shows, like debian-12");
  return text;
}

function readYesNo(text: string): boolean {
  return readChoice(text, ["yes", "no"]) === "yes";
}

function readVcpus(text: string): number {
  const vcpus = Number(text);
  if (!/^[0-9]{1,4}$/.test(text) || vcpus < 1 || vcpus > 1024)
    throw badValue(text, "a number of CPUs", "expected 1 to 1024");
  return vcpus;
}

/** Bytes. */
function atLeast(text: string, least: number, what: string): number {
  const bytes = parseSize(text);
  if (bytes < least)
    throw new UserError(`"${text}" is too little for ${what}: expected ${least / mib}M or more`, {
      exitCode: exitCodes.usage,
    });
  return bytes;
}

function readOs(text: string): string {
  if (!/^[a-z][a-z0-9.-]*$/.test(text))
    throw badValue(text, "an id of libosinfo's", "expected one that osinfo-query os shows, like debian12");
  return text;
}
