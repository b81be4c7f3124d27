import { randomBytes } from "node:crypto";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exitCodes, UserError } from "../errors.ts";
import { makeDirectory } from "../make-directory.ts";

/** Throws UserError (exit 6) for a directory that has something in it; one that does not exist yet is fine. */
export async function checkEmpty(directory: string): Promise<void> {
  const found = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw cannotWrite(directory, error);
  });
  if (found.length > 0)
    throw new UserError(`${directory} is not empty`, {
      hint: "name a new directory, or --force to write over the files in it",
      exitCode: exitCodes.refused,
    });
}

/**
 * Writes files below a root, each under another name first, so that a file is there whole or not at all. Throws UserError
 * for what cannot be written.
 */
export async function writeFiles(
  root: string,
  directory: string,
  files: readonly { readonly file: string; readonly text: string }[],
): Promise<void> {
  if (files.length === 0) return;
  try {
    makeDirectory(join(root, directory));
    for (const { file, text } of files) await writeWhole(join(root, file), text);
  } catch (error) {
    throw cannotWrite(join(root, directory), error as NodeJS.ErrnoException);
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, text, { flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The error for a path that the file system refuses. */
export function cannotWrite(path: string, error: NodeJS.ErrnoException, hint?: string): UserError {
  return new UserError(`${path} cannot be written: ${error.code ?? error.message}`, { hint, cause: error });
}
