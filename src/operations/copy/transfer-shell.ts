import { commandLine, quote } from "../../node/shell.ts";
import { nodeToNode } from "../node-login.ts";
import type { CopyFile } from "./copy-plan.ts";

/**
 * A transfer goes on at a whole block, and a block of zeros is a hole. It is written as soon as all of it is there, which shows
 * that somebody sends: small, so that a slow line fills one in a few seconds.
 */
export const blockSize = 64 * 1024;

/** Seconds without a byte after which a copy that waits for its client is given up. */
export const lease = 900;

/** Prints a file of the source from a block on, compressed. */
export function sendCommand(path: string, block: number): string {
  return `tail -c +${block * blockSize + 1} -- ${quote(path)} | gzip -1`;
}

/**
 * Writes what `sendCommand` printed at that block of what its output is: what was announced, and one byte of what is more, by
 * which it is seen. Whatever the source sends, the target's disk takes no more than that.
 */
export function receiveCommand(block: number, size: number): string {
  return writeCommand(String(block), String(size - block * blockSize + 1), "conv=sparse,notrunc");
}

/** Its numbers are words of the shell. */
function writeCommand(block: string, most: string, to: string): string {
  return `gzip -dc 2>/dev/null | head -c ${most} | dd bs=${blockSize} iflag=fullblock seek=${block} ${to} status=none`;
}

/** Without a question, and without a word to a host that is not known. */
export function sshWords(destination: readonly string[]): readonly string[] {
  const options = ["ConnectTimeout=10", "ServerAliveInterval=15", "ServerAliveCountMax=4"];
  return ["ssh", "-T", ...nodeToNode, ...options.flatMap((option) => ["-o", option]), ...destination];
}

/** Prints of files that follow what each of them is known by, on whatever terms the host was booted. */
export const stampCommand = "stat -L -c '%i %s %.9Y' --";

/** How a job gets its files. */
export type Way =
  /** The node itself fetches them: words for its ssh, and for what comes before a command there. */
  | {
      readonly kind: "direct";
      readonly destination: readonly string[];
      readonly become: "none" | "sudo";
      /** By file of the source: its host's name and what `stampCommand` prints of it, a line each. */
      readonly known: ReadonlyMap<string, string>;
    }
  /** The client brings them, and says so by a file of the job. */
  | { readonly kind: "relayed" };

/** The shell of the stage that takes a file, and compares its checksum with the source's. */
export function receiveStage({ what, source, path, size }: CopyFile, part: string, way: Way): string {
  const isWhole = `[ "$(stat -c %s ${quote(part)})" -ge ${size} ]`;
  return `mclu_making ${quote(part)}
: >${quote(part)}
mclu_made ${quote(part)}
mclu_progress() { while sleep 5; do echo "${what}: $(($(stat -c %s ${quote(part)}) * 100 / ${Math.max(size, 1)})) %"; done; }
mclu_progress & mclu_teller=$!
${way.kind === "direct" ? fetchLoop({ source, size }, part, isWhole, way) : waitLoop(what, part)}
kill $mclu_teller 2>/dev/null || :
${endWriters(part)}
[ "$(stat -c %s ${quote(part)})" -le ${size} ] || mclu_fail source ${quote(`${source}: the source sends more than the ${size} bytes that it said`)}
truncate -s ${size} ${quote(part)}
echo "${what}: comparing checksums"
mclu_sum=$(sha256sum <${quote(part)} | cut -d ' ' -f 1)
[ "$mclu_sum" = "$mclu_wanted" ] || mclu_fail checksum ${quote(`${path}: what arrived is not what the source has; it may have changed meanwhile`)}`;
}

/**
 * Where a client's connection was lost, the sshd of the target may not know for hours, and what wrote for it waits as long:
 * it would then write its last bytes into what is a guest's disk by now.
 */
export function endWriters(part: string): string {
  return `for mclu_writer in /proc/[0-9]*; do
if [ "$mclu_writer/fd/1" -ef ${quote(part)} ]; then kill -KILL "\${mclu_writer#/proc/}" 2>/dev/null || :; fi
done`;
}

function fetchLoop(
  { source, size }: Pick<CopyFile, "source" | "size">,
  part: string,
  isWhole: string,
  { destination, become, known }: Extract<Way, { kind: "direct" }>,
): string {
  const sudo = become === "sudo" ? "sudo -n " : "";
  const ssh = commandLine(sshWords(destination));
  return `mclu_tries=0
until ${isWhole}; do
mclu_have=$(stat -c %s ${quote(part)}) mclu_block=$(($(stat -c %s ${quote(part)}) / ${blockSize}))
mclu_at=$((mclu_block * ${blockSize} + 1))
${ssh} "${sudo}tail -c +$mclu_at -- ${doubleQuoted(source)} | gzip -1" </dev/null | ${writeCommand("$mclu_block", `$((${size} - mclu_at + 2))`, `of=${quote(part)} conv=sparse,notrunc,nocreat`)} || :
if [ "$(stat -c %s ${quote(part)})" -gt "$mclu_have" ]; then mclu_tries=0; else mclu_tries=$((mclu_tries + 1)); fi
${isWhole} || { [ $mclu_tries -lt 20 ] || mclu_fail lost ${quote(`the source no longer answers: ${source}`)}; echo 'the connection to the source was lost: trying again'; sleep 3; }
done
mclu_said=$(${ssh} "uname -n; ${sudo}${stampCommand} ${doubleQuoted(source)}; ${sudo}sha256sum -- ${doubleQuoted(source)}" </dev/null) || mclu_fail lost ${quote(`the source no longer answers: ${source}`)}
case $mclu_said in ${quote(`${known.get(source)}\n`)}*) ;; *) mclu_fail source ${quote(`${source}: it changed meanwhile, or another host than the source answers by now`)} ;; esac
mclu_wanted=$(printf '%s\\n' "$mclu_said" | sed -n '3s/^[^0-9a-f]*\\([0-9a-f]*\\) .*/\\1/p')`;
}

function doubleQuoted(word: string): string {
  return quote(word).replace(/[\\"$`]/g, "\\$&");
}

function waitLoop(what: string, part: string): string {
  const [ready, arrived, refused, alive] = ["ready", "arrived", "refused", "alive"].map(
    (word) => `"$MCLU_JOB/tmp/${word}-${what}"`,
  );
  return `: >${ready}
mclu_idle=0 mclu_last=
until [ -s ${arrived} ]; do
[ ! -s ${refused} ] || mclu_fail source "$(cat ${refused})"
mclu_now=$(stat -c '%s %Y' ${quote(part)})
if [ "$mclu_now" = "$mclu_last" ]; then mclu_idle=$((mclu_idle + 1)); else mclu_idle=0; fi
mclu_last=$mclu_now
if [ -e ${alive} ]; then rm -f ${alive}; mclu_idle=0; fi
[ $mclu_idle -lt ${lease} ] || mclu_fail lost 'nothing came for ${lease / 60} minutes'
sleep 1
done
read -r mclu_wanted <${arrived}`;
}
