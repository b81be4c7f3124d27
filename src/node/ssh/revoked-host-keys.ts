import { execFile } from "node:child_process";
import { readBytes } from "../../read-bytes.ts";
import { keyTypeOf, parsePublicKey } from "./key-blob.ts";

/** Where a key is revoked. `closed`: the file cannot be read, and then OpenSSH refuses every key. */
export interface Revocation {
  readonly kind: "revoked";
  readonly by: "known_hosts" | "krl" | "list" | "closed";
  readonly file: string;
  /** Of known_hosts, counted from 1. */
  readonly line?: number;
}

/** What a KRL begins with (OpenSSH's PROTOCOL.krl); any other file is a list of public keys. */
const krlMagic = Buffer.from("SSHKRL\n\0", "latin1");

/** MiB. */
const largest = 64;
/** Seconds for a pipe that somebody writes into; within the handshake, which waits for it. */
const patience = 5;

/** Whether one of the files of RevokedHostKeys revokes a host's key. Never rejects: what cannot be asked revokes. */
export async function findRevocation(files: readonly string[], key: Buffer): Promise<Revocation | undefined> {
  const found = await Promise.all(files.map((file) => revocationIn(file, key)));
  return found.find((each) => each !== undefined);
}

async function revocationIn(file: string, key: Buffer): Promise<Revocation | undefined> {
  const content = await readBytes(file, { limit: largest, patience }).catch(() => undefined);
  if (content === undefined) return { kind: "revoked", by: "closed", file };
  if (content.subarray(0, krlMagic.length).equals(krlMagic))
    return (await isInKrl(file, key)) ? { kind: "revoked", by: "krl", file } : undefined;
  const lines = content.toString("latin1").split("\n");
  return lines.some((line) => parsePublicKey(line)?.key.equals(key))
    ? { kind: "revoked", by: "list", file }
    : undefined;
}

/** A KRL is for ssh-keygen to read. Node's own pipes are sockets, which cannot be opened as /dev/stdin: hence the shell's. */
function isInKrl(file: string, key: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const ask = ["-c", 'cat | ssh-keygen -Q -f "$0" /dev/stdin', file];
    const child = execFile("/bin/sh", ask, { timeout: 5000 }, (error) => resolve(error !== null));
    child.stdin?.on("error", () => undefined).end(`${keyTypeOf(key)} ${key.toString("base64")}\n`);
  });
}
