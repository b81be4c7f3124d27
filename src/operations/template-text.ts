import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { exitCodes, UserError } from "../errors.ts";
import { readBytes, UnreadableFile } from "../read-bytes.ts";
import type { TemplateText } from "../template/template.ts";

/** The ending of a template's file. */
export const ending = ".conf";

/**
 * A template's text; null where there is no such file. Throws UserError (exit 2) for one that cannot be read.
 * @param file absolute
 */
export async function readTemplateText(name: string, file: string): Promise<TemplateText | null> {
  try {
    // what is no file might keep us waiting for ever
    if (!(await stat(file)).isFile()) throw unreadable(file, "it is not a file");
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readBytes(file));
    return { name, file, directory: dirname(resolve(file)), text };
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof UnreadableFile) throw unreadable(file, error.message, error);
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw unreadable(file, code === "EACCES" ? "permission denied" : code, error);
  }
}

/** Throws UserError (exit 2) for what can be no template's name. */
export function checkTemplateName(name: string): void {
  const usage = (message: string, hint: string) => new UserError(message, { hint, exitCode: exitCodes.usage });
  if (name.endsWith(ending))
    throw usage(`${name} is the name of a file, and a template is wanted`, `without its ending: ${name.slice(0, -5)}`);
  if (/\//.test(name))
    throw usage(
      `${name} is no template's name: it has no "/"`,
      "put its directory into $MCLU_PATH or templates of mclu.conf, and name it without directory and ending",
    );
  if (!isTemplateName(name)) throw usage(`"${name}" is no template's name`, "see: mclu template list");
}

/** Whether a template may have this name: no `/`, no control character, no `.` or `-` in front. */
export function isTemplateName(name: string): boolean {
  return /^[^./\p{C}-][^/\p{C}]*$/u.test(name);
}

function unreadable(file: string, reason: string, cause?: unknown): UserError {
  return new UserError(`${file}: cannot read this template: ${reason}`, { exitCode: exitCodes.usage, cause });
}
