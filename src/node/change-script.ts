import type { Action, Change, ChangeAnswer, LeftFile } from "../libvirt/change.ts";
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
mclu_virsh "$@" >/dev/null || { mclu_virsh uri; return; }
printf '%s\\n' "$mclu_why"
return 1
}
mclu_only() {
mclu_why=$1
mclu_says=$2
shift 2
mclu_said=$(mclu_virsh "$@")
case "|$mclu_says|" in *"|$mclu_said|"*) return 0 ;; esac
printf '%s: %s\\n' "$mclu_why" "$mclu_said"
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
mclu_same() {
[ "$(stat -L -c %d:%i -- "$1")" = "$2" ] || { echo 'another file has its name by now'; return 1; }
}
mclu_remove() {
[ -e "$1" ] || [ -L "$1" ] || return 0
mclu_same "$1" "$2" || return
[ -f "$1" ] && [ ! -L "$1" ] || { echo 'it is no regular file any more'; return 1; }
rm -f -- "$1" 2>&1
}
mclu_remove_volume() {
mclu_same "$1" "$2" || return
[ "x$(mclu_virsh vol-path --vol "$4" --pool "$3")" = "x$1" ] || { echo 'the volume is elsewhere by now'; return 1; }
mclu_virsh vol-delete --vol "$4" --pool "$3"
}
mclu_try() {
[ $mclu_code -eq 0 ] || return
mclu_do "$@"
mclu_code=0
}
mclu_name=$(mclu_virsh domname ${quote(uuid)})
mclu_code=$?
echo ${nonce} text
printf '%s\\n' "$mclu_name"
echo ${nonce} code $mclu_code
${virshDiagnosis(context)}
[ "x$mclu_name" = ${quote(`x${name}`)} ] || mclu_code=1
${actions.map(actionLine).join("\n")}`;
}

function actionLine(action: Action): string {
  if ("virsh" in action) return `mclu_do mclu_virsh ${commandLine(action.virsh)}`;
  if ("unless" in action) return `mclu_do mclu_unless ${quote(action.why)} ${commandLine(action.unless)}`;
  if ("only" in action) return `mclu_do mclu_only ${commandLine([action.why, action.says.join("|"), ...action.only])}`;
  const { path, identity, volume } = action.remove;
  return volume === null
    ? `mclu_try mclu_remove ${commandLine([path, identity])}`
    : `mclu_try mclu_remove_volume ${commandLine([path, identity, volume.pool, volume.name])}`;
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
  const failed = steps.findIndex(({ code }, index) => code !== 0 && !isRemoval(actions[index]));
  if (failed < 0) return steps.length === actions.length ? { kind: "done", left: leftOf(actions, steps) } : undefined;
  if (failed !== steps.length - 1) return undefined;
  const step = steps[failed] ?? guard;
  return wasCutShort(step.code) ? { kind: "slow", done: failed } : { kind: "failed", done: failed, said: said(step) };
}

function isRemoval(action: Action | undefined): boolean {
  return action !== undefined && "remove" in action;
}

function leftOf(actions: readonly Action[], steps: readonly FramedStep[]): readonly LeftFile[] {
  return steps.flatMap((step, index) => {
    const action = actions[index];
    if (step.code === 0 || action === undefined || !("remove" in action)) return [];
    return { path: action.remove.path, why: wasCutShort(step.code) ? "it took too long" : said(step) };
  });
}

function said({ code, texts: [text = ""] }: FramedStep): string {
  return text.trim().replace(/^error: /gm, "") || `exit code ${code}`;
}
