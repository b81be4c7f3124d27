import { constants, type Stats } from "node:fs";
import { access, lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Problems } from "../origin.ts";
import type { LocalFile, TemplateStep } from "../template/step.ts";

/** A file or directory of this machine that a step names, looked at. */
export interface LocalFileInfo {
  /** Absolute. */
  readonly path: string;
  readonly kind: "file" | "directory";
  /** All that is in it, added up. */
  readonly bytes: number;
  /** Whether a password is in it. */
  readonly secret: boolean;
}

/** Looks at every local file that steps name; those that are missing or cannot be read go to `problems`. */
export async function checkLocalFiles(
  steps: readonly TemplateStep[],
  problems: Problems,
): Promise<readonly LocalFileInfo[]> {
  const found: LocalFileInfo[] = [];
  for (const { name, origin, local } of steps) {
    if (!local) continue;
    const info = await look(local).catch((error: unknown) => reasonOf(error));
    if (typeof info === "string") problems.add(origin, `${name}: ${local.path}: ${info}`);
    else if (!found.some(({ path }) => path === info.path)) found.push(info);
  }
  return found;
}

/** What a file is, or why it cannot be used. Rejects with the file system's error. */
async function look({ path, tree, secret }: LocalFile): Promise<LocalFileInfo | string> {
  if (tree) {
    const own = await lstat(path);
    if (own.isSymbolicLink())
      return "a symbolic link, and libguestfs would copy the link itself: name what it points to";
    if (own.isDirectory()) return lookInto(path);
  }
  const own = await stat(path);
  if (own.isDirectory()) return "a directory, and a file is wanted: copy-in takes directories";
  return (await fileProblem(path, own)) ?? { path, kind: "file", bytes: own.size, secret };
}

async function lookInto(directory: string): Promise<LocalFileInfo | string> {
  let bytes = 0;
  for (const entry of await readdir(directory, { recursive: true })) {
    const path = join(directory, entry);
    const own = await lstat(path);
    if (own.isDirectory() || own.isSymbolicLink()) continue;
    const problem = await fileProblem(path, own);
    if (problem !== undefined) return `${problem}: ${path}`;
    bytes += own.size;
  }
  return { path: directory, kind: "directory", bytes, secret: false };
}

async function fileProblem(path: string, own: Stats): Promise<string | undefined> {
  if (!own.isFile()) return "neither a file nor a directory";
  await access(path, constants.R_OK);
  return undefined;
}

function reasonOf(error: unknown): string {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return "there is no such file on this machine";
  return `${code === "EACCES" ? "permission denied" : (code ?? "cannot be read")}${path === undefined ? "" : `: ${path}`}`;
}
