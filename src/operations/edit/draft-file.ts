import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exitCodes, UserError } from "../../errors.ts";
import { fileNameOf } from "../file-name.ts";

/** A file that the user edits; nobody else may read it, since it may hold passwords. */
export interface DraftFile {
  readonly path: string;
  /** What is in it now. Throws UserError where it cannot be read. */
  read(): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Writes a guest's XML into a new file (0600, in a directory of its own). Throws UserError where it cannot be written.
 * @param directory for temporary files
 */
export async function writeDraft(
  directory: string,
  { name, uuid }: { readonly name: string; readonly uuid: string },
  text: string,
): Promise<DraftFile> {
  try {
    const own = await mkdtemp(join(directory, "mclu-edit-"));
    const path = join(own, `${fileNameOf(name, uuid, new Set())}.xml`);
    await writeFile(path, text, { mode: 0o600, flag: "wx" });
    return {
      path,
      read: () => readFile(path, "utf8").catch((error: unknown) => Promise.reject(unusable(path, error))),
      remove: () => rm(own, { recursive: true, force: true }),
    };
  } catch (error) {
    throw unusable(directory, error);
  }
}

function unusable(path: string, error: unknown): UserError {
  const why = error instanceof Error ? error.message : String(error);
  return new UserError(`${path} cannot be used: ${why}`, {
    hint: "TMPDIR=DIRECTORY mclu edit ...",
    exitCode: exitCodes.failed,
  });
}
