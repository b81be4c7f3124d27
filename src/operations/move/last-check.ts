import { createHash } from "node:crypto";
import { posix } from "node:path";
import { lastLookFunctions } from "../../node/last-look.ts";
import { limitFunction } from "../../node/script.ts";
import { quote } from "../../node/shell.ts";
import { baseMark } from "../base-mark.ts";
import type { CopiedVolume, KeptFile } from "./move-shell.ts";

/** Seconds for each thing that is asked of the source. */
const cap = 60;

/** What a definition is known by: blanks and newlines at its ends depend on how virsh was called. */
export function definitionHash(xml: string): string {
  return createHash("sha256")
    .update(xml.replace(/[ \t\r\n]/g, ""))
    .digest("hex");
}

/** What a file is known by while it is copied, in a shell's variable that lasts from stage to stage. */
export function rememberFile({ path }: KeptFile, index: number): string {
  return `before_${index}=$(${lookAt(path)})`;
}

/** Fails where a file is no longer what it was. @param when said of the change */
export function compareFile({ target, path }: CopiedVolume, index: number, when: string): string {
  return `[ "$before_${index}" = "$(${lookAt(path)})" ] || mclu_fail changed ${quote(`${target} changed ${when}`)}`;
}

function lookAt(path: string): string {
  return `stat -L -c '%i %s %y' -- ${quote(path)}`;
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
 * Keeps clones from marking a base until \`unlockBases\`, and fails while one is being made of the guest: its overlay may not
 * be there yet, or lie where nobody looks.
 */
export const lockBases = `exec 9>"\${MCLU_JOB%/*}/.base-lock"
flock -w 60 9 || mclu_fail busy 'clones are being made on the node'
for clone in $(here dumpxml $guest --inactive | grep -F ${quote(baseMark.namespace)} | sed -n "s/.* job=[\\"']\\([0-9A-Za-z-]*\\)[\\"'].*/\\1/p"); do
if [ -e "\${MCLU_JOB%/*}/$clone/started" ] && [ ! -e "\${MCLU_JOB%/*}/$clone/end" ]; then mclu_fail busy "a linked clone of it is being made: mclu jobs show $clone"; fi
done`;

export const unlockBases = "flock -u 9; exec 9>&-";

/**
 * Fails where somebody else needs a file by now that is going to get another name: a guest names it, or an image is based
 * on it. Expects the functions of the move.
 * @param uri libvirt's on the source
 */
export function stillAlone(files: readonly KeptFile[], uri: string): string {
  return files.length === 0 ? "" : askWhoNeeds(files, uri, "mclu_fail changed");
}

/** Does this where nobody else needs any of the files by now, and says who does where somebody does. */
export function whereAlone(files: readonly KeptFile[], uri: string, script: string): string {
  if (files.length === 0) return "";
  return `needed=
need() { needed=1; echo "$1"; }
${askWhoNeeds(files, uri, "need")}
if [ -z "$needed" ]; then
${script}
fi`;
}

function askWhoNeeds(files: readonly KeptFile[], uri: string, otherwise: string): string {
  const each = files.map(({ path }) => {
    const file = quote(path);
    return `if [ -e ${file} ] && ! why=$(mclu_named "$(stat -L -c %d:%i -- ${file})" $guest && mclu_based ${file} ${quote(posix.dirname(path))}); then ${otherwise} ${file}": $why"; fi`;
  });
  return `${limitFunction}
mclu_cap=${cap}
mclu_uri=${quote(uri)}
mclu_virsh() { mclu_limit virsh -q -c "$mclu_uri" "$@" </dev/null 2>&1; }
${lastLookFunctions}${each.join("\n")}`;
}
