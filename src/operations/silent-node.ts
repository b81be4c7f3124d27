import { exitCodes, type UserError } from "../errors.ts";
import { refused } from "./build-refusals.ts";
import type { NodeAnswer } from "./list.ts";

/** Says of a node that is needed and did not answer why it did not (exit 5). */
export function silentNode(node: string, answers: readonly NodeAnswer[]): UserError {
  const answer = answers.find((one) => one.node === node);
  const why = answer?.state === "failed" ? `failed: ${answer.reason}: ${answer.detail}` : "is off";
  const hint = answer?.state === "failed" ? answer.hint : `mclu status ${node}`;
  return refused(`${node} ${why}`, hint, exitCodes.unreachable);
}
