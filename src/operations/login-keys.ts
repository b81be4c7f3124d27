import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { exitCodes, UserError } from "../errors.ts";
import { listAgentKeys } from "../node/ssh/agent-keys.ts";
import { fingerprint } from "../node/ssh/key-blob.ts";
import { readKeyText } from "../node/ssh/read-key-text.ts";

/** A public key that will open a new guest. */
export interface LoginKey {
  /** A line of authorized_keys. */
  readonly line: string;
  /** `SHA256:...` */
  readonly fingerprint: string;
  /** Where it is from: the agent, or a file. */
  readonly from: string;
}

export interface KeySources {
  /** Socket of the user's agent. */
  readonly agent: string | undefined;
  /** The user's home directory. */
  readonly home: string;
}

/**
 * The keys that `ssh-key` names; without it the agent's, or else those of ~/.ssh. Throws UserError (exit 2) for a file
 * that is named and holds no public key.
 */
export async function loginKeys(named: string | undefined, { agent, home }: KeySources): Promise<readonly LoginKey[]> {
  if (named !== undefined) return readNamed(named);
  const held = agent === undefined ? [] : await listAgentKeys(agent);
  const fromAgent = held.flatMap(({ key, keyType, comment }) =>
    parsePublicKeys(`${keyType} ${key.toString("base64")} ${comment.replace(/[\r\n]/g, " ")}`, "the agent"),
  );
  return fromAgent.length > 0 ? fromAgent : readUsual(join(home, ".ssh"));
}

async function readNamed(path: string): Promise<readonly LoginKey[]> {
  const text = await readKeyText(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`cannot read ${path}, which ssh-key names: ${error.code ?? error.message}`, {
      hint: "name a public key: ssh-key = ~/.ssh/id_ed25519.pub",
      exitCode: exitCodes.usage,
      cause: error,
    });
  });
  const keys = parsePublicKeys(text, path);
  if (keys.length > 0) return keys;
  throw new UserError(`${path}, which ssh-key names, holds no public key`, {
    hint: "name the .pub file of the pair",
    exitCode: exitCodes.usage,
  });
}

async function readUsual(directory: string): Promise<readonly LoginKey[]> {
  const names = await readdir(directory).catch(() => []);
  const files = names.filter((name) => /^id_.*\.pub$/.test(name)).sort();
  const texts = files.map(async (name) => {
    const path = join(directory, name);
    return parsePublicKeys(await readKeyText(path, "utf8").catch(() => ""), path);
  });
  return (await Promise.all(texts)).flat();
}

/** Public keys of a file, certificates left out: sshd takes those by their authority. */
function parsePublicKeys(text: string, from: string): readonly LoginKey[] {
  return text.split("\n").flatMap((raw) => {
    const line = raw.trim();
    const [, type = "", blob = ""] =
      /^((?:ssh|ecdsa|sk)-[a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: \P{Cc}*)?$/u.exec(line) ?? [];
    if (type === "" || type.includes("-cert-v01@")) return [];
    return [{ line, fingerprint: fingerprint(Buffer.from(blob, "base64")), from }];
  });
}
