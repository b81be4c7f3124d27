import type { Change, ChangeAnswer } from "../../libvirt/change.ts";
import { NodeError, UnheardChange } from "../../node/failure.ts";
import type { Node } from "../../node/node.ts";
import { refused } from "../build-refusals.ts";
import { placeOf } from "../guest-place.ts";

/**
 * Marks a guest, before a move that wants it marked. Throws UserError (exit 6) where its node did not do it; rejects with
 * NodeError, also where it was sent and its end was not heard.
 * @param what is noted: `its home`
 */
export async function noteMark(node: Node, change: Change, what: string): Promise<void> {
  const answer = await node.change(change).catch((error: unknown) => {
    throw error instanceof UnheardChange ? new NodeError(error.silence, { cause: error }) : error;
  });
  if (answer.kind === "done") return;
  const place = placeOf({ node: node.name, name: change.name });
  throw refused(`${what} could not be noted: ${whyUndone(answer)}; it was not moved`, `mclu info ${place}`);
}

function whyUndone(answer: Exclude<ChangeAnswer, { kind: "done" }>): string {
  switch (answer.kind) {
    case "renamed":
      return `the guest is named ${answer.name} now`;
    case "gone":
      return "the guest is no longer there";
    case "failed":
      return answer.said.trim();
    default:
      // nothing else than a slow one: no file is made, and no definition compared
      return "libvirt did not come to its end";
  }
}
