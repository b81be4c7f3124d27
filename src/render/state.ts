import type { GuestRow } from "../operations/list.ts";
import type { Style } from "./style.ts";

/** The colour of a guest's state. */
export function stateStyle(state: GuestRow["state"], style: Style): (text: string) => string {
  if (state === "running") return style.on;
  return state === "shut off" ? style.off : style.warn;
}
