import type { Action, ChangeAnswer, CurrentState } from "../libvirt/change.ts";
import { NodeError, type NodeSilence, UnheardChange } from "../node/failure.ts";
import type { Node } from "../node/node.ts";
import { quote } from "../node/shell.ts";
import { awaitPowerOff } from "./await-power-off.ts";
import type { ChangeOutcome, ChangeResult } from "./change-report.ts";
import { placeOf } from "./guest-place.ts";
import type { ChangeTarget } from "./plan.ts";
import type { StateWatch } from "./state-watch.ts";

/** Changes one guest. Never rejects for what its node does. */
export async function applyTarget(
  node: Node,
  target: ChangeTarget,
  watch: StateWatch,
  signal: AbortSignal | undefined,
): Promise<ChangeResult> {
  const started = performance.now();
  const end = await settle(node, target, watch, signal);
  const seconds = Math.round(performance.now() - started) / 1000;
  const { name, uuid } = target;
  return {
    node: node.name,
    name,
    uuid,
    outcome: end.outcome,
    what: end.what,
    detail: end.detail ?? null,
    hint: end.hint ?? null,
    seconds,
  };
}

type End = Pick<ChangeResult, "outcome" | "what"> & Partial<Pick<ChangeResult, "detail" | "hint">>;

async function settle(
  node: Node,
  target: ChangeTarget,
  watch: StateWatch,
  signal: AbortSignal | undefined,
): Promise<End> {
  const { name, uuid, wait } = target;
  let begun = false;
  const act = async (actions: readonly Action[]) => {
    const answer = await node.change({ uuid, name, actions }, { signal });
    if (answer.kind === "slow") throw new UnheardChange(slow(target));
    begun = true;
    return answer;
  };
  try {
    const answer = await act(target.actions);
    if (answer.kind !== "done") return await undone(target, answer, watch);
    if (!wait) return done(target);
    const power = await awaitPowerOff(uuid, wait, { watch, act });
    switch (power.kind) {
      case "off":
        return done(target, power.forced ? "powered off" : target.done);
      case "stuck":
        return await undone(target, power.answer, watch);
      case "deadline":
        return power.state === undefined
          ? unheard(target, "its node no longer answers")
          : late(target, wait.seconds, power.state);
    }
  } catch (error) {
    if (error instanceof UnheardChange) return await lost(target, error.silence, watch, signal);
    if (signal?.aborted) return begun ? unheard(target, "interrupted") : interrupted(target);
    if (error instanceof NodeError) return unreachable(target, error.silence);
    throw error;
  }
}

function done({ after, ...target }: ChangeTarget, what = target.done): End {
  return { outcome: "done", what, detail: after };
}

function slow(target: ChangeTarget): NodeSilence {
  return { state: "failed", reason: "slow", detail: "libvirt is still at it", hint: look(target) };
}

function late(target: ChangeTarget, seconds: number, state: CurrentState): End {
  const longer = `mclu ${target.will} --timeout ${seconds * 2} ${placeOf(target)}`;
  return {
    outcome: "deadline",
    what: `not ${target.done}`,
    detail: `it is still ${state ?? "there"} after ${seconds} s`,
    hint: `wait longer: ${longer}; or power it off: mclu destroy ${placeOf(target)}`,
  };
}

/** A node that said that a change was not done. What somebody else did meanwhile is as good. */
async function undone(target: ChangeTarget, answer: ChangeAnswer, watch: StateWatch): Promise<End> {
  const what = `not ${target.done}`;
  const changed = (how: string): End => ({
    outcome: "refused",
    what,
    detail: `changed meanwhile: ${how}; nothing was done`,
    hint: `mclu list ${quote(target.node)}`,
  });
  if (answer.kind === "renamed") return changed(`${target.uuid} is named ${answer.name} now`);
  if (answer.kind === "gone") return changed("it is no longer there");
  const state = target.goal.length > 0 ? await watch.look(target.uuid) : undefined;
  if (state !== undefined && target.goal.includes(state)) return { outcome: "already", what: `already ${state ?? ""}` };
  return { outcome: "failed", what, detail: answer.kind === "failed" ? answer.said : answer.kind, hint: look(target) };
}

/** The end of the change was not heard: where the node can be asked, it is asked what the guest is now. */
async function lost(
  target: ChangeTarget,
  silence: NodeSilence,
  watch: StateWatch,
  signal: AbortSignal | undefined,
): Promise<End> {
  const why = silence.detail;
  if (signal?.aborted || target.goal.length === 0) return unheard(target, why);
  const state = await watch.look(target.uuid).catch(() => undefined);
  if (state === undefined) return unheard(target, why);
  if (target.goal.includes(state))
    return { outcome: "done", what: target.done, detail: `${why}; asked again: ${state ?? "unknown"}` };
  return unheard(target, `${why}; asked again: ${state ?? "unknown"}`);
}

function unheard(target: ChangeTarget, why: string): End {
  return { outcome: "unknown", what: "unknown", detail: `${why}: it may have been done`, hint: look(target) };
}

function interrupted({ done }: ChangeTarget): End {
  return { outcome: "interrupted", what: `not ${done}`, detail: "interrupted before it began" };
}

function unreachable(target: ChangeTarget, silence: NodeSilence): End {
  const why = silence.state === "off" ? "off" : silence.reason;
  const outcome: ChangeOutcome = "unreachable";
  return {
    outcome,
    what: `not ${target.done}`,
    detail: `${target.node} ${silence.state === "off" ? "is" : "failed:"} ${why}: ${silence.detail}; nothing was done`,
    hint: silence.state === "failed" ? silence.hint : `mclu status ${target.node}`,
  };
}

function look(target: ChangeTarget): string {
  return `mclu info ${placeOf(target)}`;
}
