import { isJobId } from "../../node/jobs/job-id.ts";
import { identityFormat } from "../../node/jobs/rollback-shell.ts";
import { quote } from "../../node/shell.ts";
import type { CopiedVolume } from "./move-shell.ts";

/** A file of the source that its guest needs no more once it has moved. */
export type KeptFile = Pick<CopiedVolume, "path">;

/** What source files are called once their guest is on another node. */
export function keptName(path: string, id: string): string {
  const at = path.lastIndexOf("/");
  return `${path.slice(0, at)}/.${path.slice(at + 1)}.migrated-${id}`;
}

/** Whether a file may be one of `keptName`. */
export function isKept(path: string): boolean {
  const [, id = ""] = /\.migrated-([^/]+)$/.exec(path) ?? [];
  return isJobId(id);
}

/**
 * Notes in the job, before the guest moves, what these files are known by: their names may be other files' when they get
 * their other ones.
 */
export function rememberKept(files: readonly KeptFile[]): string {
  const each = files.map(({ path }) => {
    const file = quote(path);
    return `if [ -f ${file} ]; then mclu_identify ${file}; printf '%s %s\\n' "$mclu_identity" ${file} >>"$MCLU_JOB/kept"; fi\n`;
  });
  return files.length === 0 ? "" : `${each.join("")}sync "$MCLU_JOB/kept" 2>/dev/null || :\n`;
}

/**
 * Functions of `sh`; they expect those of the move and of a stage.
 *
 *   keep_known FILE PATH  whether FILE is the one that was PATH before the guest moved
 *   keep_noted PATH KEPT  has KEPT in the manifest, where it is that file
 *   keep_file PATH KEPT   calls it KEPT, where it is that file, and notes it, also where it has that name already; false where
 *                         that does not go
 */
export const keepFunctions = `keep_known() { mclu_identity=$(stat -c '${identityFormat}' -- "$1" 2>/dev/null) && grep -qsxF -- "$mclu_identity $2" "$MCLU_JOB/kept"; }
keep_noted() {
keep_known "$2" "$1" || return 0
grep -qsxF -- "left $mclu_identity $2" "$MCLU_JOB/manifest" || mclu_left "$2"
}
keep_file() {
keep_noted "$1" "$2"
if [ -e "$2" ] || [ -L "$2" ] || ! keep_known "$1" "$1"; then return 0; fi
pool=$(here vol-pool "$1" 2>/dev/null) || pool=
mv -nT -- "$1" "$2" || return 1
keep_noted "$1" "$2"
[ -z "$pool" ] || here pool-refresh "$pool" >/dev/null 2>&1 || :
}
`;

/** Gives the source's files other names, under which nothing starts from them; gc offers them. */
export function keepStage(files: readonly KeptFile[], id: string): string {
  return `${keepFunctions}${files.map(({ path }) => `keep_file ${quote(path)} ${quote(keptName(path, id))}\n`).join("")}`;
}
