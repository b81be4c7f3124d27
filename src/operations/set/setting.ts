import type { Action } from "../../libvirt/change.ts";
import type { NodeLimits } from "../../libvirt/node-limits.ts";
import type { XmlElement } from "../../libvirt/xml.ts";
import type { SeenGuest } from "../look-at-chosen.ts";
import type { Decision } from "../plan.ts";

/** A guest of which something is to be set. */
export interface Subject extends SeenGuest {
  readonly limits: NodeLimits;
}

/** How one value gets into a guest. */
export interface Setting {
  /** `vcpus=4` */
  readonly words: string;
  readonly actions: readonly Action[];
  /** What the actions do to the definition. */
  readonly edit: (domain: XmlElement) => void;
  /** Whether virsh has no verb for it, so that the edited definition itself is given to libvirt. */
  readonly redefines?: boolean;
  /** What the user should know before. */
  readonly notes: readonly string[];
  /** Why it has no effect before the next start; null: it has. */
  readonly later: string | null;
}

/** Undefined: it is so already. */
export type SettingDecision = Setting | Extract<Decision, { readonly verdict: "refused" }> | undefined;

export function isSetting(decision: SettingDecision): decision is Setting {
  return decision !== undefined && "words" in decision;
}
