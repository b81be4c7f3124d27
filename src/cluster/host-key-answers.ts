import { NodeError } from "../node/failure.ts";
import { type UnknownHostKey, UnknownHostKeyError } from "../node/ssh/host-key-policy.ts";
import { knownHostsName } from "../node/ssh/known-hosts.ts";
import type { SshSession } from "../node/ssh/session.ts";
import type { Conversation } from "./conversation.ts";

/** What the user has said of unknown host keys in this run: yes is written down, no is not asked again. */
export class HostKeyAnswers {
  readonly #session: SshSession;
  readonly #conversation: Conversation | undefined;
  readonly #asked = new Set<string>();

  constructor(session: SshSession, conversation: Conversation | undefined) {
    this.#session = session;
    this.#conversation = conversation;
  }

  /** The key that is all that stands between a question and its answer; undefined: the error is about something else. */
  askableKey(error: unknown): UnknownHostKey | undefined {
    if (!this.#conversation || !(error instanceof UnknownHostKeyError)) return undefined;
    const { hostKey } = error;
    return hostKey.mayAsk && !this.#asked.has(identify(hostKey)) ? hostKey : undefined;
  }

  /** Asks about all of them at once. Whether each is trusted now. */
  async confirm(keys: Iterable<UnknownHostKey>): Promise<(key: UnknownHostKey) => boolean> {
    const different = new Map<string, UnknownHostKey>();
    for (const key of keys) if (!different.has(identify(key))) different.set(identify(key), key);
    for (const id of different.keys()) this.#asked.add(id);
    const confirmed = (await this.#conversation?.confirmHostKeys([...different.values()])) ?? [];
    const trusted = new Set<string>();
    for (const key of confirmed) {
      try {
        await this.#session.remember(key);
      } catch (error) {
        // meanwhile known_hosts has got another key of this host
        if (error instanceof NodeError) continue;
        // one that cannot be written only means that the next run asks again, as in OpenSSH
      }
      trusted.add(identify(key));
    }
    return (key) => trusted.has(identify(key));
  }
}

/** Nodes behind one jump host, or two names of one host, share a key. */
function identify({ target, key }: UnknownHostKey): string {
  return `${knownHostsName(target)} ${key.toString("base64")}`;
}
