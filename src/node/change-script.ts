import type { Action, Change, ChangeAnswer } from "../libvirt/change.ts";
import { type FramedStep, limitFunction, type StepContext, virshDiagnosis } from "./script.ts";
import { commandLine, quote } from "./shell.ts";

/**
 * Shell text of a change. It asks on the node which name the UUID has before it does anything, and stops at the first
 * action that fails. What virsh says comes as it is, errors too: it is a message here and never read.
 */
export function changeToShell({ uuid, name, actions }: Change, context: StepContext): string {
  const { nonce, seconds, uri } = context;
  return `${limitFunction}
mclu_cap=${seconds}
mclu_virsh() { mclu_limit virsh -q -c ${quote(uri)} "$@" 2>&1; }
mclu_unless() {
mclu_why=$1
shift
mclu_virsh "$@" >/dev/null || return 0
printf '%s\\n' "$mclu_why"
return 1
}
mclu_do() {
[ $mclu_code -eq 0 ] || return
echo ${nonce} text
"$@"
mclu_code=$?
echo
echo ${nonce} code $mclu_code
}
mclu_name=$(mclu_virsh domname ${quote(uuid)})
mclu_code=$?
echo ${nonce} text
printf '%s\\n' "$mclu_name"
echo ${nonce} code $mclu_code
${virshDiagnosis(context)}
[ "x$mclu_name" = ${quote(`x${name}`)} ] || mclu_code=1
${actions.map((action) => `mclu_do ${actionLine(action)}`).join("\n")}`;
}

function actionLine(action: Action): string {
  if ("virsh" in action) return `mclu_virsh ${commandLine(action.virsh)}`;
  return `mclu_unless ${quote(action.why)} ${commandLine(action.unless)}`;
}

/** An exit code of `timeout`: the command was ended, whatever it was at. */
function wasCutShort(code: number): boolean {
  return code === 124 || code === 137;
}

/** Reads the frames of `changeToShell`; undefined where some are missing. */
export function readChange({ name, actions }: Change, frames: readonly FramedStep[]): ChangeAnswer | undefined {
  const [guard, ...steps] = frames;
  if (!guard) return undefined;
  if (guard.code !== 0) return { kind: "gone" };
  const found = guard.texts[0] ?? "";
  if (found !== name) return steps.length === 0 ? { kind: "renamed", name: found } : undefined;
  const failed = steps.findIndex(({ code }) => code !== 0);
  if (failed < 0) return steps.length === actions.length ? { kind: "done" } : undefined;
  if (failed !== steps.length - 1) return undefined;
  const { code, texts } = steps[failed] ?? guard;
  if (wasCutShort(code)) return { kind: "slow", done: failed };
  const said = (texts[0] ?? "").trim().replace(/^error: /gm, "");
  return { kind: "failed", done: failed, said: said === "" ? `exit code ${code}` : said };
}
