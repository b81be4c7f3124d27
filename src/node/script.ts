import type { Step, StepAnswer } from "../libvirt/query.ts";
import { withPrograms } from "./needed-programs.ts";
import { commandLine, quote } from "./shell.ts";

/**
 * One script per query, fed to `sh -s`, so that the login shell never sees more than that word. Rules it keeps:
 * nothing runs before the whole script has arrived (a cut upload is a syntax error, not half a change); everything runs
 * with stdin closed while a watcher waits for the shell's own stdin to end, which is how it learns that the connection
 * is gone, and then it ends the process group (sshd and `spawn` give it one of its own): what ignores TERM, a second later.
 */
export function wrapScript(body: string, nonce: string): string {
  // The last line is one command: bash reads a script from a pipe line by line, and what followed a `read` would be its
  // input. stderr has an end of its own, because the two streams arrive in no particular order.
  return `PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C LANGUAGE=C
export PATH LC_ALL LANGUAGE
mclu_main() {
echo ${nonce} begin >&2
echo ${nonce} begin
${withPrograms(body, nonce)}
echo ${nonce} end >&2
echo ${nonce} end
}
mclu_watch() {
while read -r mclu_line; do :; done <&3
trap '' TERM
kill -TERM 0
sleep 1
kill -KILL 0
}
{ exec 3<&0; mclu_killed=; mclu_watch </dev/null >/dev/null 2>&1 & mclu_main </dev/null 3<&-; [ -z "$mclu_killed" ] || kill -KILL 0; kill -KILL $!; exit 0; }
`;
}

/**
 * What the login shell is given to start `reader` as `become` says. Where sudo comes in between, a line with the nonce
 * goes before it, in words that every shell knows: so a login that runs nothing is told from a sudo that refuses.
 */
export function startLine(reader: string, become: "none" | "sudo", nonce: string): string {
  return become === "sudo" ? `echo ${loginMark(nonce)}; sudo -n ${reader}` : reader;
}

/** What `startLine` has the login shell say. */
export function loginMark(nonce: string): string {
  return `${nonce} login`;
}

export interface StepContext {
  readonly uri: string;
  readonly nonce: string;
  /** Seconds each step may take on the node. */
  readonly seconds: number;
}

/** Shell text for the steps of a query; every answer is framed by lines that carry the nonce. */
export function stepsToShell(steps: readonly Step[], context: StepContext): string {
  const { nonce, seconds } = context;
  const lines = [limitFunction];
  for (const step of steps) {
    lines.push(`mclu_cap=${step.cap ?? seconds}`);
    if ("virsh" in step) {
      // virsh itself separates the answers: \`echo\` is one of its commands
      const commands = step.virsh.flatMap((argv) => [`echo ${nonce} text`, commandLine(argv)]).join("; ");
      const readonly = step.access === "read" ? " -r" : "";
      lines.push(
        `mclu_limit virsh -c ${quote(context.uri)}${readonly} ${quote(commands)}`,
        `mclu_code=$?; echo; echo ${nonce} code $mclu_code`,
        ...(step.cap === undefined ? [virshDiagnosis(context)] : []),
      );
    } else {
      lines.push(
        `echo ${nonce} text`,
        `mclu_limit ${commandLine(step.run)}`,
        `mclu_code=$?; echo; echo ${nonce} code $mclu_code`,
        // half an answer is none, where the question does not say that it takes what there is by then
        ...(step.cap === undefined
          ? [`case $mclu_code in 124|137|143) [ -z "$mclu_late" ] || echo ${nonce} cause late ;; esac`]
          : []),
      );
    }
  }
  return lines.join("\n");
}

/**
 * `mclu_limit COMMAND...`: with a deadline where the node can keep one. --foreground leaves timeout in our process group,
 * where the clean-up reaches it; busybox's timeout knows no such option and needs none. A command that was killed may have
 * left children: mclu_killed has the clean-up see to them. mclu_late says that the time was up: timeout ends with 137 or,
 * busybox's, with 143, and so does a command that somebody killed. Where it ran in a subshell nobody knows: late then. By
 * its path: a busybox shell takes the bare name for its own.
 */
export const limitFunction = `mclu_late=1
mclu_seconds() {
{ read -r mclu_now mclu_rest </proc/uptime; } 2>/dev/null || mclu_now=0
mclu_now=\${mclu_now%%.*}
}
mclu_limit() {
mclu_seconds; mclu_began=$mclu_now
if [ -x /usr/bin/timeout ] && [ ! /usr/bin/timeout -ef /bin/busybox ]; then /usr/bin/timeout --foreground -k 2 $mclu_cap "$@"
elif command -v timeout >/dev/null; then timeout $mclu_cap "$@"
else "$@"; fi
mclu_status=$?
mclu_seconds; mclu_late=
[ $mclu_status -ne 124 ] && [ $((mclu_now - mclu_began)) -lt \${mclu_cap%%.*} ] || mclu_late=1
[ $mclu_status -ne 137 ] || mclu_killed=1
return $mclu_status
}`;

/**
 * Asks the node itself, by facts and not by message text, why virsh failed with $mclu_code; answered in the same round
 * trip.
 */
export function virshDiagnosis({ uri, nonce }: StepContext): string {
  const sockets = "/run/libvirt/virtqemud-sock-ro /run/libvirt/libvirt-sock-ro /var/run/libvirt/libvirt-sock-ro";
  return `if [ $mclu_code -ne 0 ]; then
if ! command -v virsh >/dev/null; then echo ${nonce} cause no-libvirt
elif [ $mclu_code -eq 124 ] || { [ $mclu_code -gt 128 ] && [ "$mclu_late" ]; }; then echo ${nonce} cause slow
elif [ $mclu_code -gt 128 ]; then echo ${nonce} cause killed
elif [ $mclu_code -eq 126 ] || [ $mclu_code -eq 127 ]; then echo ${nonce} cause broken
elif mclu_limit virsh -c ${quote(uri)} -r uri >/dev/null 2>&1; then
  mclu_limit virsh -c ${quote(uri)} uri >/dev/null 2>&1 && echo ${nonce} cause none || echo ${nonce} cause read-only
else
  mclu_cause=libvirt-down
  if [ -S /run/libvirt/virtqemud-sock ]; then mclu_cause=virtqemud-down
  elif ! command -v libvirtd >/dev/null && command -v virtqemud >/dev/null; then mclu_cause=virtqemud-down; fi
  for mclu_socket in ${sockets}; do [ -S $mclu_socket ] && [ ! -w $mclu_socket ] && mclu_cause=denied; done
  echo ${nonce} cause $mclu_cause
fi
fi`;
}

const causes = [
  "no-libvirt",
  "slow",
  "late",
  "killed",
  "broken",
  "libvirt-down",
  "virtqemud-down",
  "denied",
  "read-only",
  "none",
] as const;

/** Why virsh failed, as the node found; `none`: the connection works, a command of it failed. `late`: another program was cut short. */
export type VirshCause = (typeof causes)[number];

export interface FramedStep extends StepAnswer {
  readonly cause: VirshCause | undefined;
}

/**
 * Reads what `stepsToShell` framed. Returns undefined when a frame is missing or out of order: a truncated answer is
 * never taken for a short one.
 */
export function readFrames(text: string, steps: readonly Step[], nonce: string): FramedStep[] | undefined {
  const answers = splitFrames(text, nonce);
  const isWhole = answers?.length === steps.length && steps.every((step, index) => fits(answers[index], step));
  return isWhole ? answers : undefined;
}

/** The frames of an answer, however many there are; undefined when one is out of order. */
export function splitFrames(text: string, nonce: string): FramedStep[] | undefined {
  const answers: FramedStep[] = [];
  let texts: string[] = [];
  let current: string[] | undefined;
  const push = () => {
    if (current) texts.push(current.join("\n"));
    current = undefined;
  };
  for (const line of text.split("\n")) {
    if (!line.startsWith(`${nonce} `)) {
      current?.push(line);
      continue;
    }
    const [kind, value = ""] = line.slice(nonce.length + 1).split(" ");
    if (kind === "text") {
      push();
      current = [];
    } else if (kind === "code" && isExitCode(value)) {
      push();
      answers.push({ code: Number(value), texts, cause: undefined });
      texts = [];
    } else {
      const last = answers.pop();
      const cause = causes.find((known) => known === value);
      if (kind !== "cause" || !last || current || !cause) return undefined;
      answers.push({ ...last, cause });
    }
  }
  return answers;
}

function isExitCode(text: string): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) <= 255;
}

/** A step that was cut short says less than it was asked, but never more. */
function fits(answer: StepAnswer | undefined, step: Step): boolean {
  return answer !== undefined && answer.texts.length <= ("virsh" in step ? step.virsh.length : 1);
}
