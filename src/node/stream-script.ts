import { commandLine, quote } from "./shell.ts";

/** What to run on a node: exact words, or a line for `sh` there. */
export type RemoteCommand = { readonly argv: readonly string[] } | { readonly shell: string };

/**
 * All that the login shell ever sees, whichever it is (csh cannot quote a newline, fish knows no `VAR=value`): `sh` reads
 * one line, the script of `streamScript`, and obeys it. A line that was cut on its way is not obeyed.
 */
export const scriptReader = `sh -c 'IFS= read -r mclu_script && eval "$(printf "%b" "$mclu_script")"'`;

/** A script as the one line that `scriptReader` waits for. */
export function encodeScript(script: string): string {
  return `${script.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`;
}

/**
 * Runs a command as `ssh` would (locale, environment and streams are the node's; PATH has the system directories too)
 * and ends its process group when this side is gone, which the shell learns from the end of its own stdin. Both output
 * streams carry `NONCE begin` where the command's own begins; its exit code is the shell's.
 * @param stdin whether the command gets data, framed by `frameStdin`; otherwise it reads from /dev/null
 */
export function streamScript(command: RemoteCommand, nonce: string, stdin: boolean): string {
  const run = "argv" in command ? commandLine(command.argv) : `sh -c ${quote(command.shell)}`;
  return `PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
mclu_run() {
echo ${nonce} begin
echo ${nonce} begin >&2
exec ${run}
}
mclu_gone() {
trap '' TERM
kill -TERM 0
sleep 1
kill -KILL 0
}
exec 3<&0
${stdin ? withStdin : withoutStdin}`;
}

const withoutStdin = `{ while read -r mclu_line; do :; done <&3; mclu_gone; } </dev/null >/dev/null 2>&1 &
mclu_watch=$!
(mclu_run) </dev/null 3<&-
mclu_code=$?
kill -KILL $mclu_watch 2>/dev/null
exit $mclu_code
`;

/**
 * The feeder is on the left of a pipe, so its process id goes through the pipe first. dd reads exactly one chunk; when the
 * command closes its stdin early the rest is read and dropped. The shell's own stderr is closed: it would say "Killed".
 */
const withStdin = `mclu_feed() {
sh -c 'echo $PPID'
while read -r mclu_size <&3 && [ "$mclu_size" -gt 0 ] && dd bs="$mclu_size" count=1 iflag=fullblock <&3; do :; done
exec >/dev/null
cat <&3
mclu_gone
}
exec 4>&2 2>/dev/null
mclu_feed | {
read -r mclu_feeder
(mclu_run) 2>&4 3<&- 4>&-
mclu_code=$?
kill -KILL $mclu_feeder
exit $mclu_code
}
`;

/** Most bytes of stdin in one frame: a node's `dd` holds one in memory. */
const chunkLimit = 256 * 1024;

/** Data for a command's stdin, as `streamScript` reads it: the size on a line, then that many bytes. */
export function* frameStdin(data: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < data.length; at += chunkLimit) {
    const chunk = data.subarray(at, at + chunkLimit);
    yield Buffer.concat([Buffer.from(`${chunk.length}\n`), chunk]);
  }
}

/** The end of a command's stdin; the connection stays. */
export const endOfStdin = "0\n";
