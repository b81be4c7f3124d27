import { exitCodes, UserError } from "../../errors.ts";
import type { Prompter } from "../prompter.ts";

/** One whose questions always get an answer. */
export interface AnsweredPrompter extends Prompter {
  confirm(question: string): Promise<boolean>;
  line(question: string): Promise<string>;
}

/**
 * The same prompter, to whose questions the end of the input (Ctrl-D) is no answer: it throws UserError, exit 6, and what is
 * asked for ends there.
 */
export function endingWithInput(prompter: Prompter, signal: AbortSignal | undefined): AnsweredPrompter {
  const answered = <T>(answer: T | undefined): T => {
    signal?.throwIfAborted();
    if (answer !== undefined) return answer;
    throw new UserError("the input ended: nothing was written", {
      hint: "mclu init HOST...",
      exitCode: exitCodes.refused,
    });
  };
  return {
    ...prompter,
    confirm: async (question) => answered(await prompter.confirm(question)),
    line: async (question) => answered(await prompter.line(question)),
  };
}
