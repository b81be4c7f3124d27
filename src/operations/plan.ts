import { type ExitCode, exitCodes, worstExitCode } from "../errors.ts";
import type { Action, CurrentState } from "../libvirt/change.ts";
import type { DomainState } from "../libvirt/domains.ts";
import type { FileFate } from "./delete/fate.ts";
import type { FoundGuest } from "./find-guest.ts";
import type { NodeAnswer } from "./list.ts";

/** Waiting for a guest to switch itself off. */
export interface PowerOffWait {
  /** How long, in all. */
  readonly seconds: number;
  /** What is done again at half time. */
  readonly again: readonly Action[];
  /** What ends it at last; empty: it is left running, and that is a deadline. */
  readonly force: readonly Action[];
}

/** What is going to be done to a guest, or why nothing is. */
export type Decision =
  | {
      readonly verdict: "change";
      /** In words, for the plan and for what came of it: `start`, `started`. */
      readonly will: string;
      readonly done: string;
      readonly actions: readonly Action[];
      readonly wait: PowerOffWait | null;
      /** States that show that it was done, for when the answer is lost; none: nothing shows it. */
      readonly goal: readonly CurrentState[];
      /** What the user should know before: one sentence each. */
      readonly notes: readonly string[];
      /** What the user should know afterwards; null: nothing. */
      readonly after: string | null;
      /** How its definition changes, as `diff -u` shows it, without secrets; where that can be told beforehand. */
      readonly difference?: string;
      /** What to do where the guest's machine takes and gives no devices while it runs; otherwise a look at it is proposed. */
      readonly unpluggable?: string;
      /** Seconds that it may take on the node, where that is longer than usual. */
      readonly patience?: number;
      /** What becomes of everything that belongs to the guest, where it is deleted. */
      readonly files?: readonly FileFate[];
    }
  /** `why`: "already running" */
  | { readonly verdict: "already"; readonly why: string }
  | { readonly verdict: "refused"; readonly why: string; readonly hint: string | null };

export type PlanTarget = {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  readonly state: DomainState | null;
} & Decision;

/** Whether two plans do the same to the same guests, and would be told in the same words. */
export function isSamePlan(a: Plan, b: Plan): boolean {
  const deeds = ({ targets }: Plan) =>
    JSON.stringify(
      targets.map((one) => [
        ...[one.node, one.uuid, one.name],
        ...(one.verdict === "change" ? [one.actions.map(withoutDrawn), one.notes] : []),
      ]),
    );
  return deeds(a) === deeds(b);
}

/** An action without what is drawn anew for every plan: a part's name, the MAC of a new card. */
function withoutDrawn(action: Action): unknown {
  if ("make" in action) return { ...action.make, part: "" };
  if (!("virsh" in action) || action.virsh[0] !== "attach-interface") return action;
  return action.virsh.filter((_, index, words) => words[index - 1] !== "--mac");
}

/** What a command will do: printed by --dry-run, applied as it is. */
export interface Plan {
  /** The command: `start`. */
  readonly verb: string;
  /** The same before a number of guests, where the command is no such word: `take a disk from`. */
  readonly deed?: string;
  /** Whether the user has to agree first. */
  readonly asks: boolean;
  readonly targets: readonly PlanTarget[];
  /** Every node that was asked for guests. */
  readonly nodes: readonly NodeAnswer[];
}

/** A change of what virsh does at once. */
export function change(
  words: { readonly will: string; readonly done: string },
  actions: readonly Action[],
  goal: readonly CurrentState[] = [],
): Extract<Decision, { readonly verdict: "change" }> {
  return { verdict: "change", ...words, actions, wait: null, goal, notes: [], after: null };
}

export function refusal(why: string, hint: string | null): Extract<Decision, { readonly verdict: "refused" }> {
  return { verdict: "refused", why, hint };
}

/** Decides for each guest. */
export function makePlan(
  head: Pick<Plan, "verb" | "asks" | "deed">,
  found: { readonly guests: readonly FoundGuest[]; readonly nodes: readonly NodeAnswer[] },
  decide: (guest: FoundGuest) => Decision,
): Plan {
  const targets = found.guests.map((guest) => {
    const { node, name, uuid, state } = guest;
    return { node: node.name, name, uuid, state, ...decide(guest) };
  });
  return { ...head, targets, nodes: found.nodes };
}

export type ChangeTarget = Extract<PlanTarget, { readonly verdict: "change" }>;

/** The guests that a plan changes. */
export function changesOf({ targets }: Plan): readonly ChangeTarget[] {
  return targets.filter((target) => target.verdict === "change");
}

/** The exit code of a plan that is only shown. */
export function planExitCode({ targets }: Plan): ExitCode {
  return worstExitCode(targets.map(({ verdict }) => (verdict === "refused" ? exitCodes.refused : exitCodes.done)));
}
