import { createHash } from "node:crypto";
import { posix } from "node:path";
import { jobShell } from "../../node/jobs/job-shell.ts";
import { lastLookFunctions } from "../../node/last-look.ts";
import { limitFunction } from "../../node/script.ts";
import { quote } from "../../node/shell.ts";
import { baseMark } from "../base-mark.ts";
import { type KeptFile, keptName } from "./keep-shell.ts";
import type { CopiedVolume } from "./move-shell.ts";

/** Seconds for each thing that is asked of the source. */
const cap = 60;

/** What a definition is known by: blanks and newlines at its ends depend on how virsh was called. */
export function definitionHash(xml: string): string {
  return createHash("sha256")
    .update(xml.replace(/[ \t\r\n]/g, ""))
    .digest("hex");
}

/** What a file is known by while it is copied, in a shell's variable that lasts from stage to stage. */
export function rememberFile({ path }: Pick<KeptFile, "path">, index: number): string {
  return `before_${index}=$(${lookAt(path)})`;
}

/** Fails where a file is no longer what it was. @param when said of the change */
export function compareFile(
  { target, path }: Pick<CopiedVolume, "target" | "path">,
  index: number,
  when: string,
): string {
  return `[ "$before_${index}" = "$(${lookAt(path)})" ] || mclu_fail changed ${quote(`${target} changed ${when}`)}`;
}

function lookAt(path: string): string {
  return `stat -L -c '%i %s %y' -- ${quote(path)}`;
}

/**
 * Fails where the guest is called otherwise by now: the user named another one, which may have that name at present. libvirt
 * renames only what is off, and one that runs may have been off in between. Expects the functions of the move.
 */
export function stillNamed(name: string): string {
  return `name=$(here domname $guest 2>/dev/null) || mclu_fail changed 'libvirt does not say what the guest is called by now'
[ "x$name" = ${quote(`x${name}`)} ] || mclu_fail changed "the guest is called $name by now"`;
}

/**
 * What was true of a guest that is off when its move was prepared, and has to be true still in the last moment before it
 * moves: it is off, is defined as it was, and no file has changed since it was copied; a start in between has a disk in use
 * that the copy knows nothing of. Expects the functions of the move.
 * @param definition what its definition was known by
 */
export function stillOff(copies: readonly CopiedVolume[], definition: string): string {
  const files = copies.map((copy, index) => compareFile(copy, index, "after it was copied"));
  return `[ "$(where_here)" = off ] || mclu_fail changed 'the guest is not shut off any more'
[ "$(here dumpxml $guest --inactive | tr -d ' \\t\\r\\n' | sha256sum | cut -d ' ' -f 1)" = ${definition} ] || mclu_fail changed 'the definition of the guest changed since the move was prepared'
${files.join("\n")}`;
}

/**
 * `refuse_clones` fails while a linked clone is being made of the guest, and where one was cut off: its overlay may not be
 * there yet, or lie where nobody looks, and whether there is a guest on it `gc` finds out. Expects the functions of the move.
 * @param node the source's name
 */
export function cloneFunctions(node: string): string {
  return `${jobShell}refuse_clones() {
for clone in $(here dumpxml $guest --inactive | grep -F ${quote(baseMark.namespace)} | sed -n "s/.* job=[\\"']\\([0-9A-Za-z-]*\\)[\\"'].*/\\1/p"); do
clone_job="\${MCLU_JOB%/*}/$clone"
if [ ! -e "$clone_job/started" ] || [ -e "$clone_job/end" ]; then continue; fi
if mclu_look "$clone_job"; then :; fi
if [ $mclu_live = no ] && [ -n "$mclu_began" ] && [ ! -e "$clone_job/end" ]; then mclu_fail busy "a linked clone of it was cut off: "${quote(`mclu gc ${quote(node)}`)}; fi
[ -e "$clone_job/end" ] || mclu_fail busy "a linked clone of it is being made: mclu jobs show $clone"
done
}
`;
}

/** Keeps clones from marking a base until \`unlockBases\`. Expects `cloneFunctions`. */
export const lockBases = `exec 9>"\${MCLU_JOB%/*}/.base-lock"
flock -w 60 9 || mclu_fail busy 'clones are being made on the node'
refuse_clones`;

export const unlockBases = "flock -u 9; exec 9>&-";

/** Where what is based on a file is looked for, beside its own directory. */
export interface ImagePlaces {
  /** libvirt's on the source. */
  readonly uri: string;
  /** Directories and files of the source that had images when the move was prepared. */
  readonly places: readonly string[];
}

/**
 * Fails where somebody else needs a file by now that is going to get another name: a guest names it, or an image is based
 * on it. One that cannot be read says nothing: what guests write into their disks would keep others where they are.
 * Expects the functions of the move.
 * @param raw files that guests write without a format
 */
export function stillAlone(
  files: readonly KeptFile[],
  { raw, ...where }: ImagePlaces & { readonly raw: readonly string[] },
): string {
  if (files.length === 0) return "";
  const each = files.map(
    ({ path }) =>
      `but=$guest\nif ${isNeeded(path, raw, where.places)}; then mclu_fail changed ${quote(path)}": $why"; fi`,
  );
  return [lookFunctions(where), ...each].join("\n");
}

/**
 * Gives each of the files that nobody else needs its other name; of the others it says who does, and the job's manifest has
 * them as left under the names they have. What is no longer the file of before the move is left alone. $but is the guest,
 * where that needs none of them, and $unkept is set where one could not be renamed. Expects `keepFunctions`, and those of the
 * move and of a stage.
 */
export function whereAlone(files: readonly KeptFile[], where: ImagePlaces, id: string): string {
  if (files.length === 0) return "";
  const each = files.map((file) => {
    const [path, to] = [quote(file.path), quote(keptName(file.path, id))];
    return `if ! keep_known ${path} ${path}; then
keep_noted ${path} ${to}
[ ! -e ${path} ] || [ -e ${to} ] || echo ${path}" is not known to be the file of before the move, and stays"
elif ${isNeeded(file.path, [], where.places)}; then
echo ${path}" keeps its name: $why"
keep_noted ${path} ${path}
else keep_file ${path} ${to} || unkept=1; fi`;
  });
  return [lookFunctions(where), ...each].join("\n");
}

/** A condition of `sh`; $why is who needs the file. */
function isNeeded(path: string, raw: readonly string[], places: readonly string[]): string {
  const file = quote(path);
  // dash keeps -e in there, and an end of the look would be one that found nobody
  const look = `set +e; seen=$(stat -L -c %d:%i -- ${file}); mclu_named "$seen" "$but" && unbased ${file} "$seen" ${quote(raw.join("\n"))} ${places.includes(posix.dirname(path)) ? "" : quote(posix.dirname(path))}`;
  return `[ -e ${file} ] && ! why=$(${look})`;
}

function lookFunctions({ uri, places }: ImagePlaces): string {
  return `${limitFunction}
mclu_cap=${cap}
mclu_uri=${quote(uri)}
mclu_virsh() { mclu_limit virsh -q -c "$mclu_uri" "$@" </dev/null 2>&1; }
${lastLookFunctions}unbased() { mclu_unbased "$@" ${places.map(quote).join(" ")}; }`;
}
