import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exitCodes, UserError } from "../../errors.ts";
import { makeScratchDirectory } from "../../scratch-directory.ts";
import { fileNameOf } from "../file-name.ts";

/** A file that the user edits; nobody else may read it, since it may hold passwords. */
export interface DraftFile {
  readonly path: string;
  /** What is in it now. Throws UserError where it cannot be read. */
  read(): Promise<string>;
  remove(): void;
}

/**
 * Writes a guest's XML into a new file (0600, in a directory of its own). Where the process ends before it is removed, it
 * stays if the user has changed it. Throws UserError where it cannot be written.
 * @param directory for temporary files
 */
export async function writeDraft(
  directory: string,
  { name, uuid }: { readonly name: string; readonly uuid: string },
  text: string,
): Promise<DraftFile> {
  try {
    const own = makeScratchDirectory(join(directory, "mclu-edit-"), () => hasOther(path, text));
    const path = join(own.path, `${fileNameOf(name, uuid, new Set())}.xml`);
    await writeFile(path, text, { mode: 0o600, flag: "wx" });
    return {
      path,
      read: () => readFile(path, "utf8").catch((error: unknown) => Promise.reject(unusable(path, error))),
      remove: own.remove,
    };
  } catch (error) {
    throw unusable(directory, error);
  }
}

function hasOther(path: string, text: string): boolean {
  try {
    return readFileSync(path, "utf8") !== text;
  } catch {
    return false;
  }
}

function unusable(path: string, error: unknown): UserError {
  return new UserError(`${path} cannot be used: ${(error as Error).message}`, {
    hint: "TMPDIR=DIRECTORY mclu edit ...",
    exitCode: exitCodes.failed,
  });
}
