import { quote } from "../../node/shell.ts";
import type { PreparedMoves } from "../move/drain.ts";
import type { NodeEnd } from "./node-result.ts";

/** How guests that were moved away come back; one that was drained before goes to its first home. */
export function withHome(name: string, drain: Pick<PreparedMoves, "moves"> | undefined, end: NodeEnd): NodeEnd {
  if (end.outcome !== "done" || !drain) return end;
  const guests = drain.moves.length === 1 ? "its guest runs" : `its ${drain.moves.length} guests run`;
  const copied = drain.moves.some(({ plan }) => plan.size > 0);
  const detail = `${guests} elsewhere now${copied ? `; the disks that were copied stay there until mclu gc ${quote(name)}` : ""}`;
  const comesBack = drain.moves.some(({ home }) => home === undefined || home === name);
  return { ...end, detail, hint: comesBack ? `once it is on again: mclu undrain ${quote(name)}` : null };
}
