import type { Conversation } from "../cluster/conversation.ts";
import { confirmHostKeys } from "./host-key-question.ts";
import type { Prompter } from "./prompter.ts";

/** What a cluster may ask while it works, as questions to the user. */
export function converse(prompter: Prompter): Conversation {
  return {
    confirmHostKeys: (keys) => confirmHostKeys(prompter, keys),
    passphrase(path, attempt) {
      const again = attempt > 1 ? "that is not it, try again; " : "";
      return prompter.hidden(`${again}passphrase for key ${path}: `);
    },
  };
}
