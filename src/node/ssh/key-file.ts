import { stat } from "node:fs/promises";
import { type PublicKey, parsePublicKey } from "./key-blob.ts";
import { outOfFiles } from "./out-of-files.ts";
import { readKeyHead } from "./private-key.ts";
import { readKeyText } from "./read-key-text.ts";

/** Why a key file that is there is not offered. `too-open`: others may read it, so OpenSSH ignores it. */
export type KeyFileFault = "too-open" | "unreadable" | "not-a-key" | "no-private-key";

/** What an IdentityFile and the files beside it say; nothing is decrypted. */
export interface KeyFile {
  readonly path: string;
  /** From the file itself or from its `.pub`. */
  readonly publicKey?: PublicKey;
  readonly state:
    | { readonly kind: "usable"; readonly encrypted: boolean; readonly cipher?: string }
    | { readonly kind: KeyFileFault };
}

/**
 * Looks at an IdentityFile; undefined where there is neither the file nor its `.pub`. Rejects with NodeError where this
 * machine may open no more files.
 * @param uid the account's: OpenSSH wants its own key files closed to others (sshkey_perm_ok), not other people's
 */
export async function readKeyFile(path: string, uid: number): Promise<KeyFile | undefined> {
  const [file, beside] = await Promise.all([readPrivate(path, uid), readKeyText(`${path}.pub`).catch(() => "")]);
  const head = readKeyHead(file.kind === "text" ? file.text : "");
  // the order of sshkey_load_public: the file when it is a public key, `.pub`, the readable part of a private key
  const embedded = head.kind === "other" ? undefined : head.publicKey;
  const publicKey = head.kind === "public" ? head.publicKey : (parsePublicKey(firstLine(beside)) ?? embedded);
  const known = { path, ...(publicKey === undefined ? {} : { publicKey }) };
  if (file.kind === "missing") return publicKey && { ...known, state: { kind: "no-private-key" } };
  if (file.kind !== "text") return { ...known, state: { kind: file.kind } };
  if (head.kind === "public") return { ...known, state: { kind: "no-private-key" } };
  if (head.kind === "other") return { ...known, state: { kind: "not-a-key" } };
  const { encrypted, cipher } = head;
  return { ...known, state: { kind: "usable", encrypted, ...(cipher !== undefined && { cipher }) } };
}

type PrivateFile =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing" }
  | { readonly kind: "unreadable" | "too-open" };

async function readPrivate(path: string, ownUid: number): Promise<PrivateFile> {
  try {
    const [{ uid, mode }, text] = await Promise.all([stat(path), readKeyText(path)]);
    const tooOpen = uid === ownUid && (mode & 0o077) !== 0 && readKeyHead(text).kind === "private";
    return tooOpen ? { kind: "too-open" } : { kind: "text", text };
  } catch (error) {
    const none = outOfFiles(error);
    if (none) throw none;
    return { kind: (error as NodeJS.ErrnoException).code === "ENOENT" ? "missing" : "unreadable" };
  }
}

/** Whether a file is an OpenSSH certificate; a missing one is not. */
export async function isCertificate(path: string): Promise<boolean> {
  const text = await readKeyText(path).catch(() => "");
  return parsePublicKey(firstLine(text))?.keyType.includes("-cert-v01@") ?? false;
}

const firstLine = (text: string) => text.split("\n", 1)[0] ?? "";
