import type { DoctorFacts } from "../../libvirt/doctor-facts.ts";
import type { NodeSettings } from "../../node/settings.ts";

/** What one check of `doctor` came to. */
export interface Finding {
  /** `pool`, `clock` ... */
  readonly check: string;
  /** A problem keeps something from working; with a warning everything works, but less well, or later on not. */
  readonly verdict: "ok" | "warning" | "problem";
  readonly detail: string;
  /** What to type, or to set; null where nothing is to be done. */
  readonly fix: string | null;
}

/** What the checks of a node look at. */
export interface Examined {
  readonly settings: NodeSettings;
  readonly facts: DoctorFacts;
}

export function ok(check: string, detail: string): Finding {
  return { check, verdict: "ok", detail, fix: null };
}

export function warning(check: string, detail: string, fix: string | null = null): Finding {
  return { check, verdict: "warning", detail, fix };
}

export function problem(check: string, detail: string, fix: string | null = null): Finding {
  return { check, verdict: "problem", detail, fix };
}
