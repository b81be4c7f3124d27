import type { Action, ChangeAnswer, LeftFile } from "../libvirt/change.ts";
import { filesQuery } from "../libvirt/files-query.ts";
import { NodeError, type NodeSilence, UnheardChange } from "../node/failure.ts";
import type { Node } from "../node/node.ts";
import { quote } from "../node/shell.ts";
import { endedAfter } from "../node/until-aborted.ts";
import { awaitPowerOff } from "./await-power-off.ts";
import {
  done,
  type End,
  interrupted,
  late,
  partly,
  slow,
  surprising,
  unheard,
  unreachable,
  whatRemains,
  whatWasDone,
  whereItFailed,
} from "./change-end.ts";
import type { ChangeResult } from "./change-report.ts";
import type { ChangeTarget } from "./plan.ts";
import type { StateWatch } from "./state-watch.ts";
import { readingJob } from "./who-reads.ts";

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

async function settle(
  node: Node,
  target: ChangeTarget,
  watch: StateWatch,
  signal: AbortSignal | undefined,
): Promise<End> {
  const { name, uuid, wait } = target;
  let begun = false;
  const act = async (actions: readonly Action[], within?: number) => {
    const change = (until?: AbortSignal) =>
      node.change({ uuid, name, actions }, { signal: until, seconds: longest(node, target) });
    const answer = await (within === undefined ? change(signal) : endedAfter(within, signal, change));
    if (answer === undefined || answer.kind === "slow") throw new UnheardChange(slow(target));
    begun = true;
    return answer;
  };
  try {
    const answer = await act(target.actions);
    const reader = answer.kind === "failed" ? await readingJob(node, target, answer.said, signal) : undefined;
    if (reader) return reader;
    if (answer.kind !== "done") return await undone(target, answer, watch);
    if (answer.left.length > 0) return partly(target, answer.left);
    if (answer.surprise !== undefined) return surprising(target, answer.surprise);
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
    if (error instanceof UnheardChange) return await lost(node, target, error.silence, watch, signal);
    if (signal?.aborted) return begun ? unheard(target, "interrupted") : interrupted(target);
    // something was sent before: a shutdown that nobody saw the end of
    if (error instanceof NodeError) return begun ? unheard(target, error.message) : unreachable(target, error.silence);
    throw error;
  }
}

function longest({ settings }: Node, { patience = 0 }: ChangeTarget): number {
  return Math.max(settings.changeTimeout, patience);
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
  if (answer.kind === "conflict")
    return {
      ...changed("somebody else has changed its definition"),
      detail: `somebody else has changed its definition meanwhile; nothing was done:\n${answer.difference.trimEnd()}`,
      hint: "type it again",
    };
  if (answer.kind === "taken") return { ...changed(`somebody else has made ${answer.path}`), hint: "type it again" };
  const state = target.goal.length > 0 ? await watch.look(target.uuid) : undefined;
  // a guest that somebody else deleted has left its disks
  if (!target.files && state !== undefined && target.goal.includes(state))
    return { outcome: "already", what: `already ${state ?? ""}` };
  const said = answer.kind === "failed" ? answer.said : answer.kind;
  const action = answer.kind === "failed" ? target.actions[answer.done] : undefined;
  const before = (answer.kind === "failed" && whatWasDone(target, answer.done)) || "; nothing was done";
  // what libvirt says of a look that failed is another thing
  if (action && "has" in action && action.instead !== undefined && said.trim() === action.why)
    return { outcome: "refused", what, detail: `${action.why}${before}`, hint: action.instead };
  if (action && ("free" in action || "unbased" in action || "has" in action))
    return {
      ...changed(said.trim()),
      detail: `changed meanwhile: ${said.trim()}${before}`,
      hint: "type it again, and look at the new plan",
    };
  const deletes = target.files !== undefined;
  const remains = answer.kind !== "failed" ? "" : (deletes ? whatRemains : whatWasDone)(target, answer.done);
  return { outcome: "failed", what, detail: said + remains, hint: whereItFailed(target, action, said) };
}

/** The end of the change was not heard: where the node can be asked, it is asked what the guest is now. */
async function lost(
  node: Node,
  target: ChangeTarget,
  silence: NodeSilence,
  watch: StateWatch,
  signal: AbortSignal | undefined,
): Promise<End> {
  const why = silence.detail;
  if (signal?.aborted || target.goal.length === 0) return unheard(target, why);
  const state = await watch.look(target.uuid).catch(() => undefined);
  if (state === undefined) return unheard(target, why);
  if (target.goal.includes(state)) {
    const left = await filesLeft(node, target, signal).catch(() => undefined);
    if (left === undefined) return unheard(target, `${why}; the guest is gone, its files were not seen`);
    if (left.length > 0) return partly(target, left);
    return { outcome: "done", what: target.done, detail: `${why}; asked again: ${state ?? "unknown"}` };
  }
  return unheard(target, `${why}; asked again: ${state ?? "unknown"}`);
}

/** Which of the files that were to be removed are still there. */
async function filesLeft(
  node: Node,
  { actions }: ChangeTarget,
  signal: AbortSignal | undefined,
): Promise<readonly LeftFile[]> {
  const removals = actions.flatMap((action) => ("remove" in action ? [action.remove] : []));
  if (removals.length === 0) return [];
  const query = filesQuery(removals.map(({ path }) => path));
  const files = await node.ask(query, { patient: true, signal });
  const isLeft = (_: unknown, index: number) => files[index]?.target === removals[index]?.identity;
  return removals.filter(isLeft).map(({ path }) => ({ path, why: "the connection was lost before it was removed" }));
}
