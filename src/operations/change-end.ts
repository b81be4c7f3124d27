import type { Action, CurrentState, LeftFile } from "../libvirt/change.ts";
import type { NodeSilence } from "../node/failure.ts";
import { quote } from "../node/shell.ts";
import type { ChangeOutcome, ChangeResult } from "./change-report.ts";
import { placeOf } from "./guest-place.ts";
import type { ChangeTarget } from "./plan.ts";

/** How a guest's change ended, in the words of its result. */
export type End = Pick<ChangeResult, "outcome" | "what"> & Partial<Pick<ChangeResult, "detail" | "hint">>;

export function done({ after, ...target }: ChangeTarget, what = target.done): End {
  return { outcome: "done", what, detail: after };
}

/** What a deletion that ended early has left. */
export function whatRemains({ actions, files = [] }: ChangeTarget, done: number): string {
  const isDone = (verb: string) => actions.slice(0, done).some((one) => "virsh" in one && one.virsh[0] === verb);
  const paths = files.flatMap(({ path, fate }) => (path !== null && fate === "remove" ? [path] : []));
  const all = paths.length === 0 ? "" : ` ${paths.join(", ")}`;
  if (isDone("undefine")) return `\nits definition is removed; what remains:${all}`;
  return `\n${isDone("destroy") ? "it was powered off; " : ""}its definition remains, and${all === "" ? " all that belongs to it" : all}`;
}

/** What a change of several commands had done when one of them failed; "": nothing. */
export function whatWasDone({ actions }: ChangeTarget, done: number): string {
  const commands = actions
    .slice(0, done)
    .flatMap((one) => ("virsh" in one ? [one.virsh.join(" ")] : "redefine" in one ? ["define"] : []));
  return commands.length === 0 ? "" : `\nbefore that was done: ${commands.join("; ")}`;
}

/** It is done, and libvirt has changed more than it was told. */
export function surprising(target: ChangeTarget, difference: string): End {
  const more = `libvirt changed more than that:\n${difference.trimEnd()}`;
  return { outcome: "done", what: target.done, detail: target.after === null ? more : `${target.after}\n${more}` };
}

/** All is done but that some files are still there: what remains is named, so that a hand can remove it. */
export function partly(target: ChangeTarget, left: readonly LeftFile[]): End {
  const remains = left.map(({ path, why }) => `${path} remains: ${why}`);
  const paths = left.map(({ path }) => quote(path)).join(" ");
  return {
    outcome: "failed",
    what: `${target.done}, files remain`,
    detail: [...(target.goal.includes("gone") ? ["the guest is gone"] : []), ...remains].join("\n"),
    hint: `mclu exec ${quote(target.node)} -- ls -l ${paths}`,
  };
}

export function slow(target: ChangeTarget): NodeSilence {
  return { state: "failed", reason: "slow", detail: "libvirt is still at it", hint: look(target) };
}

export function late(target: ChangeTarget, seconds: number, state: CurrentState): End {
  const longer = `mclu ${target.will} --timeout ${seconds * 2} ${placeOf(target)}`;
  return {
    outcome: "deadline",
    what: `not ${target.done}`,
    detail: `it is still ${state ?? "there"} after ${seconds} s`,
    hint: `wait longer: ${longer}; or power it off: mclu destroy ${placeOf(target)}`,
  };
}

export function unheard(target: ChangeTarget, why: string): End {
  const made = target.actions.flatMap((action) => ("make" in action ? [action.make.path] : []));
  const left = made.map((path) => `; where it was not, ${path} may be left`).join("");
  return { outcome: "unknown", what: "unknown", detail: `${why}: it may have been done${left}`, hint: look(target) };
}

export function interrupted({ done }: ChangeTarget): End {
  return { outcome: "interrupted", what: `not ${done}`, detail: "interrupted before it began" };
}

export function unreachable(target: ChangeTarget, silence: NodeSilence): End {
  const why = silence.state === "off" ? "off" : silence.reason;
  const outcome: ChangeOutcome = "unreachable";
  return {
    outcome,
    what: `not ${target.done}`,
    detail: `${target.node} ${silence.state === "off" ? "is" : "failed:"} ${why}: ${silence.detail}; nothing was done`,
    hint: silence.state === "failed" ? silence.hint : `mclu status ${target.node}`,
  };
}

export function look(target: ChangeTarget): string {
  return `mclu info ${placeOf(target)}`;
}

/**
 * What qemu says where a bus, a port or a machine gives and takes devices only while the guest is off (its hw/core/qdev.c,
 * hw/pci/pcie.c and pci_bridge, hw/acpi/pcihp.c, hw/i386/microvm.c; 6.1 changed the words of ports to those of buses).
 */
const noHotplug = [
  /does not support hot-?(?:un)?plug/i,
  /hot-(?:un)?plug failed: unsupported by the port/i,
  /standard hotplug controller has been disabled/i,
  /bus doesn't have property 'acpi-pcihp-bsel'/i,
  /is not a hotpluggable device/i,
  /can not be hotplugged on this machine/i,
  /unplug not supported by microvm/i,
];

/** What to do after an action that failed: something else only where that is what was in the way. */
export function whereItFailed(target: ChangeTarget, action: Action | undefined, said: string): string {
  const late = action && "until" in action && said.trim() === action.why ? action.instead : undefined;
  const never = noHotplug.some((words) => words.test(said)) ? target.unpluggable : undefined;
  return late ?? never ?? look(target);
}
