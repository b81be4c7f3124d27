import type { Action, Change, ChangeAnswer, LeftFile } from "../libvirt/change.ts";
import { changeFunctions, conflictCode } from "./change-functions.ts";
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
mclu_nonce=${nonce}
mclu_uuid=${quote(uuid)}
mclu_uri=${quote(uri)}
mclu_virsh() { mclu_limit virsh -q -c "$mclu_uri" "$@" 2>&1; }
${changeFunctions}
mclu_name=$(mclu_virsh domname "$mclu_uuid")
mclu_code=$?
echo ${nonce} text
printf '%s\\n' "$mclu_name"
echo ${nonce} code $mclu_code
${virshDiagnosis(context)}
[ "x$mclu_name" = ${quote(`x${name}`)} ] || mclu_code=1
${actionLines(actions).join("\n")}
mclu_unmake`;
}

/** What looks at a definition and then changes it is one piece, and so is what ends it, against what defines it anew. */
function actionLines(actions: readonly Action[]): readonly string[] {
  const lines: string[] = [];
  let locked = false;
  for (const [index, action] of actions.entries()) {
    if (!locked && isPiece(actions.slice(index))) {
      lines.push("mclu_lock");
      locked = true;
    } else if (locked && !("has" in action || "virsh" in action)) {
      lines.push("mclu_unlock");
      locked = false;
    }
    lines.push(actionLine(action));
  }
  return lines;
}

function isPiece(actions: readonly Action[]): boolean {
  const [first] = actions;
  if (!first || "redefine" in first) return first !== undefined;
  // two that look who has an image, each before the other gives it to a guest, would both find nobody
  if ("free" in first) return actions[1] !== undefined && "virsh" in actions[1];
  const behind = actions.find((action) => !("has" in action));
  if ("has" in first) return behind !== undefined && "virsh" in behind;
  return "virsh" in first && first.virsh[0] === "undefine";
}

function actionLine(action: Action): string {
  if ("virsh" in action && action.input !== undefined)
    return `mclu_do mclu_feed ${commandLine([action.input, ...action.virsh])}`;
  if ("virsh" in action) return `mclu_do mclu_virsh ${commandLine(action.virsh)}`;
  if ("unless" in action) return `mclu_do mclu_unless ${quote(action.why)} ${commandLine(action.unless)}`;
  if ("only" in action) return `mclu_do mclu_only ${commandLine([action.why, action.says.join("|"), ...action.only])}`;
  if ("has" in action)
    return `mclu_do mclu_has ${commandLine([action.why, action.text, action.within ?? "", ...action.has])}`;
  if ("free" in action) {
    const { path, identity, places } = action.free;
    return `mclu_do mclu_free ${commandLine([path, identity, action.but, ...places])}`;
  }
  if ("unbased" in action) {
    const { path, identity, places, raw } = action.unbased;
    return `mclu_do mclu_unbased ${commandLine([path, identity, raw.join("\n"), ...places])}`;
  }
  if ("until" in action)
    return `mclu_do mclu_until ${commandLine([action.why, action.lacks, String(action.seconds), ...action.until])}`;
  if ("redefine" in action) {
    const { before, after } = action.redefine.texts;
    return `mclu_do mclu_redefine ${commandLine([before, after, ...(action.redefine.validate ? ["--validate"] : [])])}`;
  }
  if ("make" in action) {
    const { path, part, format, size } = action.make;
    return `mclu_do mclu_make ${commandLine([path, part, format, String(size)])}`;
  }
  const { path, identity, volume, places } = action.remove;
  return volume === null
    ? `mclu_try mclu_remove ${commandLine([path, identity, ...places])}`
    : `mclu_try mclu_remove_volume ${commandLine([path, identity, volume.pool, volume.name, ...places])}`;
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
  if (failed < 0) {
    const surprise = surpriseOf(actions, steps);
    if (steps.length !== actions.length) return undefined;
    return { kind: "done", left: leftOf(actions, steps), ...(surprise !== "" && { surprise }) };
  }
  if (failed !== steps.length - 1) return undefined;
  const step = steps[failed] ?? guard;
  const action = actions[failed];
  if (action && "make" in action && step.code === conflictCode)
    return { kind: "taken", done: failed, path: action.make.path };
  if (action && "redefine" in action && step.code === conflictCode)
    return { kind: "conflict", done: failed, difference: action.redefine.conflict(step.texts[0] ?? "") };
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

/** What libvirt made of a definition, against what it was to be. */
function surpriseOf(actions: readonly Action[], steps: readonly FramedStep[]): string {
  return actions
    .map((action, index) => ("redefine" in action ? action.redefine.surprise(steps[index]?.texts[0] ?? "") : ""))
    .join("");
}

function said({ code, texts: [text = ""] }: FramedStep): string {
  return text.trim().replace(/^error: /gm, "") || `exit code ${code}`;
}
