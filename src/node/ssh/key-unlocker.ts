import type { FileIdentity, Identity } from "./identities.ts";
import type { KeyRing } from "./key-ring.ts";
import type { SshSettings } from "./ssh-settings.ts";
import { ssh2Supports } from "./ssh2-abilities.ts";

/**
 * Asks the user for a key's passphrase; undefined or empty: the user has none to give.
 * @param attempt counted from 1
 */
export type Passphrases = (path: string, attempt: number) => Promise<string | undefined>;

const attempts = 3;

/** Opens encrypted keys with the user's help: one question at a time, once for each key. */
export class KeyUnlocker {
  readonly #keys: KeyRing;
  readonly #ask: Passphrases | undefined;
  readonly #asked = new Map<string, Promise<boolean>>();
  #last: Promise<unknown> = Promise.resolve();

  /** @param ask absent: nobody is there to ask */
  constructor(keys: KeyRing, ask: Passphrases | undefined) {
    this.#keys = keys;
    this.#ask = ask;
  }

  /**
   * Nothing happens where a key can be offered as it is: the agent's, or one without a passphrase. Of one that ssh2 cannot
   * decrypt nobody is asked for the passphrase: the right one would be refused.
   * @param explicit path of the identity that mclu.conf or the command line names
   */
  async unlock(settings: SshSettings, explicit: string | undefined): Promise<void> {
    if (!this.#ask) return;
    const { offered } = await this.#keys.find(settings, explicit);
    const usable = offered.filter(({ keyType }) => keyType === undefined || ssh2Supports.keyType(keyType));
    if (usable.some((identity) => !this.#isLocked(identity))) return;
    for (const identity of usable)
      if (this.#isLocked(identity) && canOpen(identity) && (await this.#unlockOnce(identity, this.#ask))) return;
  }

  #isLocked(identity: Identity): identity is FileIdentity {
    return identity.kind === "file" && !this.#keys.isUnlocked(identity);
  }

  #unlockOnce(identity: FileIdentity, ask: Passphrases): Promise<boolean> {
    const known = this.#asked.get(identity.path);
    if (known) return known;
    const asking = this.#last.then(() => this.#tryAll(identity, ask));
    this.#last = asking.catch(() => undefined);
    this.#asked.set(identity.path, asking);
    return asking;
  }

  async #tryAll(identity: FileIdentity, ask: Passphrases): Promise<boolean> {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const passphrase = await ask(identity.path, attempt);
      if (!passphrase) return false;
      if (await this.#keys.unlock(identity, passphrase)) return true;
    }
    return false;
  }
}

function canOpen({ cipher }: FileIdentity): boolean {
  return cipher === undefined || ssh2Supports.keyCipher(cipher);
}
