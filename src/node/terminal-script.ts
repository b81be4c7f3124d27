import { commandLine } from "./shell.ts";

/** Begins the line that ends a session: a character that no console sends by chance, so that nothing else is held back. */
export const endMark = "\x1e";

/**
 * What the login shell is given to run a command on the terminal that it has. A terminal limits a line to 4 KiB and would
 * show it, so that the script is an argument here; as numbers, which no shell reads anything into.
 */
export function terminalReader(script: string): string {
  const numbers = Array.from(Buffer.from(script), (byte) => `\\0${byte.toString(8)}`).join("");
  return `sh -c 'eval "$(printf %b "${numbers}")"'`;
}

/**
 * Runs a command between a line `NONCE begin` and a line `NONCE end CODE`, which what it said on stderr follows.
 * In a session of its own it has no terminal to ask for passwords on, and virsh starts no polkit agent that would say that
 * it cannot; its stdin is the terminal all the same.
 */
export function terminalScript(argv: readonly string[], nonce: string): string {
  return `PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C LANGUAGE=C
export PATH LC_ALL LANGUAGE
mclu_own=
setsid -w true 2>/dev/null </dev/null && mclu_own='setsid -w'
echo ${nonce} begin
exec 3>&1
mclu_said=$($mclu_own ${commandLine(argv)} 2>&1 >&3 3>&-)
mclu_code=$?
printf '\\036%s end %s\\n%s\\n' ${nonce} $mclu_code "$mclu_said"`;
}
