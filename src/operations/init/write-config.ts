import { randomBytes } from "node:crypto";
import { link, lstat, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { loadClusterConfig } from "../../cluster/config.ts";
import { exitCodes, UserError } from "../../errors.ts";
import { makeDirectory } from "../../make-directory.ts";
import { cannotWrite } from "../write-files.ts";
import type { NewNode } from "./config-text.ts";

const elsewhere = "mclu init -f FILE writes another file";

/** Throws UserError (exit 6) where something is there already, a dangling link included. */
export async function refuseExisting(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw cannotWrite(path, error, elsewhere);
  });
  if (found) throw isThere(path);
}

function isThere(path: string): UserError {
  return new UserError(`${path} is there already, and stays as it is`, {
    hint: `mclu init --force keeps it as a backup and writes a new one; ${elsewhere}`,
    exitCode: exitCodes.refused,
  });
}

/**
 * Writes a new configuration, whole or not at all. What is there is never written over: with `force` it keeps its content
 * under another name, which is returned. Throws UserError, exit 6 for a file that has come meanwhile.
 */
export async function writeConfig(path: string, text: string, force: boolean): Promise<string | null> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    makeDirectory(dirname(path));
    await writeFile(temporary, text, { flag: "wx" });
    const backup = force ? await keepOld(path) : null;
    if (backup === null) await linkNew(temporary, path);
    else await rename(temporary, path);
    return backup;
  } catch (error) {
    throw error instanceof UserError ? error : cannotWrite(path, error as NodeJS.ErrnoException, elsewhere);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Unlike rename, a link never takes a name that is in use. */
async function linkNew(temporary: string, path: string): Promise<void> {
  await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EEXIST" ? isThere(path) : error;
  });
}

/** Gives the file that is there a second name; null where none is. */
async function keepOld(path: string): Promise<string | null> {
  for (let number = 1; ; number++) {
    const backup = number === 1 ? `${path}.bak` : `${path}.bak${number}`;
    try {
      await link(path, backup);
      return backup;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return null;
      if (code !== "EEXIST") throw error;
    }
  }
}

/** Throws where a new configuration does not say what it was made to say: a bug, found before a file has it. */
export async function proveText(path: string, text: string, nodes: readonly NewNode[]): Promise<void> {
  const given = { file: path, directory: dirname(path), text };
  const read = await loadClusterConfig({ given, env: { HOME: "/" }, cwd: "/" });
  const found = read.nodes.map(({ name, host, user, port, become, mac }) => [name, host, user, port, become, mac]);
  const meant = nodes.map(({ name, address: { host, user, port }, become, mac }) => [
    name,
    host,
    user,
    port,
    become,
    mac ?? undefined,
  ]);
  if (JSON.stringify(found) !== JSON.stringify(meant))
    throw new Error(`a new mclu.conf reads as ${JSON.stringify(found)}`);
}
