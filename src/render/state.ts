import type { GuestRow } from "../operations/list.ts";
import type { Style } from "./style.ts";

/** The colour of a guest's state. */
export function stateStyle(state: GuestRow["state"], style: Style): (text: string) => string {
  if (state === "running") return style.on;
  return state === "shut off" ? style.off : style.warn;
}

/** What is said of a guest whose node does not answer: what it was, and not what it is. */
export function rememberedState(active: boolean): string {
  return `was ${active ? "running" : "off"}`;
}
