import { readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exitCodes, UserError } from "../../errors.ts";
import { readBytes } from "../../read-bytes.ts";
import { makeScratchDirectory } from "../../scratch-directory.ts";
import { fileNameOf } from "../file-name.ts";

/** A file that the user edits; nobody else may read it, since it may hold passwords. */
export interface DraftFile {
  readonly path: string;
  /** What is in it now, whatever the editor has put there. Rejects with UserError where it cannot be read. */
  read(): Promise<string>;
  /** Whether something else is there than what was written. */
  isChanged(): boolean;
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
      read: () => readDraft(path),
      isChanged: () => hasOther(path, text),
      remove: own.remove,
    };
  } catch (error) {
    throw unusable(directory, error);
  }
}

/** MiB; more than any definition that is taken. */
const largest = 16;

async function readDraft(path: string): Promise<string> {
  try {
    return (await readBytes(path, { limit: largest })).toString("utf8");
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`, {
      hint: "the editor is to leave the guest's XML there",
      exitCode: exitCodes.failed,
    });
  }
}

/** Nothing is read that could have no end: this is asked while the process exits, too. */
function hasOther(path: string, text: string): boolean {
  try {
    const stats = statSync(path);
    return !stats.isFile() || stats.size !== Buffer.byteLength(text) || readFileSync(path, "utf8") !== text;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

function unusable(path: string, error: unknown): UserError {
  return new UserError(`${path} cannot be used: ${(error as Error).message}`, {
    hint: "TMPDIR=DIRECTORY mclu edit ...",
    exitCode: exitCodes.failed,
  });
}
