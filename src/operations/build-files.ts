import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { exitCodes, UserError } from "../errors.ts";
import type { JobFile } from "../node/jobs/job-script.ts";
import { quote } from "../node/shell.ts";
import type { TravellingFile } from "../template/delivery.ts";

/** Local files as a job takes them, and the shell that puts them where the build's steps look. */
export interface PackedFiles {
  readonly files: readonly JobFile[];
  /** Expects the directory they go to in `$mclu_to`; it has to exist. */
  readonly script: string;
}

/**
 * Packs files and directories; symbolic links below a directory stay links, modes stay as far as they say "executable".
 * Throws UserError (exit 2) for what cannot be read, or no longer: guests wait for their turn.
 */
export async function packFiles(wanted: readonly TravellingFile[]): Promise<PackedFiles> {
  const entries = (await Promise.all(wanted.map(entriesOf))).flat();
  const files: JobFile[] = [];
  const lines = entries.map((entry) => {
    const to = `"$mclu_to"/${quote(entry.to)}`;
    if (entry.kind === "directory") return `mkdir -p -m 755 ${to}`;
    if (entry.kind === "link") return `ln -s -- ${quote(entry.target)} ${to}`;
    const name = `file-${files.length + 1}`;
    files.push({ name, source: { path: entry.path } });
    return `mv -- "$MCLU_FILES/${name}" ${to}; chmod ${entry.executable ? "755" : "644"} ${to}`;
  });
  const parents = [...new Set(wanted.map(({ to }) => to.split("/")[0] ?? ""))];
  return { files, script: [...parents.map((parent) => `mkdir -p "$mclu_to"/${quote(parent)}`), ...lines].join("\n") };
}

type Entry = { readonly to: string } & (
  | { readonly kind: "directory" }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "file"; readonly path: string; readonly executable: boolean }
);

async function entriesOf({ path, to, tree }: TravellingFile): Promise<readonly Entry[]> {
  try {
    return await listEntries(path, to, tree);
  } catch (error) {
    const why = (error as Error).message;
    throw new UserError(`cannot read ${path}: ${why}`, { exitCode: exitCodes.usage, cause: error });
  }
}

async function listEntries(path: string, to: string, tree: boolean): Promise<readonly Entry[]> {
  // a link that is named itself stands for its file, whose mode counts
  const own = await (tree ? lstat(path) : stat(path));
  if (!tree || !own.isDirectory()) return [{ kind: "file", path, to, executable: (own.mode & 0o111) !== 0 }];
  const below = await readdir(path, { withFileTypes: true });
  const entries = below.map(async (entry): Promise<readonly Entry[]> => {
    const inner = join(path, entry.name);
    const place = `${to}/${entry.name}`;
    if (entry.isSymbolicLink()) return [{ kind: "link", to: place, target: await readlink(inner) }];
    return listEntries(inner, place, true);
  });
  return [{ kind: "directory", to }, ...(await Promise.all(entries)).flat()];
}
