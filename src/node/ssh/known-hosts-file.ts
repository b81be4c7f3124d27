import { createHmac, randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { makeDirectory } from "../../make-directory.ts";
import { readBytes } from "../../read-bytes.ts";
import { keyTypeOf } from "./key-blob.ts";
import { type HostKeyTarget, type KnownHostsFile, knownHostsName, parseKnownHosts } from "./known-hosts.ts";

/** MiB; half a million hosts. */
const largest = 64;
/** Seconds for a pipe that somebody writes into. */
const patience = 20;

/** Reads the files that exist, in the order given; one that cannot be read knows no host, as for OpenSSH. */
export async function readKnownHosts(paths: readonly string[]): Promise<KnownHostsFile[]> {
  const files = await Promise.all(paths.map(readOne));
  return files.filter((file) => file !== undefined);
}

async function readOne(path: string): Promise<KnownHostsFile | undefined> {
  try {
    const bytes = await readBytes(path, { limit: largest, patience });
    return parseKnownHosts(bytes.toString("latin1"), path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return { ...parseKnownHosts("", path), unreadable: typeof code === "string" ? code : message };
  }
}

/**
 * The line that makes a key known, without newline.
 * @param hash as HashKnownHosts wants it: the name cannot be read from the file
 */
export function formatKnownHostsLine(target: HostKeyTarget, keyBlob: Buffer, hash: boolean): string {
  const name = knownHostsName(target);
  return `${hash ? hashName(name) : name} ${keyTypeOf(keyBlob) ?? ""} ${keyBlob.toString("base64")}`;
}

function hashName(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

/**
 * Adds lines at the end of a known_hosts file; nothing that is there is touched. Creates the file (0600), and its
 * directory (0700) where that is `.ssh`. Rejects with the file system's error.
 */
export async function appendKnownHosts(file: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  if (basename(dirname(file)) === ".ssh") makeDirectory(dirname(file), 0o700);
  const handle = await open(file, "a+", 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const newline = size > 0 && last[0] !== 0x0a ? "\n" : "";
    // one write with O_APPEND: lines of two programs never mix
    await handle.appendFile(`${newline}${lines.map((line) => `${line}\n`).join("")}`, "latin1");
  } finally {
    await handle.close();
  }
}
