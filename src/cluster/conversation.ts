import type { UnknownHostKey } from "../node/ssh/host-key-policy.ts";
import type { Passphrases } from "../node/ssh/key-unlocker.ts";

/** What a cluster asks the user in passing. Without one nothing is asked: what would need an answer is a failure. */
export interface Conversation {
  /** Which of these host keys to trust from now on; one question for all of them. */
  confirmHostKeys(keys: readonly UnknownHostKey[]): Promise<readonly UnknownHostKey[]>;
  readonly passphrase: Passphrases;
}
