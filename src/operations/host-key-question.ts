import type { UnknownHostKey } from "../node/ssh/host-key-policy.ts";
import { fingerprint, keyTypeOf } from "../node/ssh/key-blob.ts";
import { knownHostsName } from "../node/ssh/known-hosts.ts";
import type { Prompter } from "./prompter.ts";

/** What is shown of a host key. */
export interface HostKeyFacts {
  /** Its name in known_hosts. */
  readonly host: string;
  /** Where it was seen; null behind a jump host or a ProxyCommand. */
  readonly address: string | null;
  /** `ssh-ed25519` ... */
  readonly keyType: string;
  /** `SHA256:...` */
  readonly fingerprint: string;
  /** The known_hosts file that is to hold it. */
  readonly file: string;
}

export function hostKeyFacts({ target, key, file, address }: UnknownHostKey): HostKeyFacts {
  const keyType = keyTypeOf(key) ?? "unknown";
  return { host: knownHostsName(target), address: address ?? null, keyType, fingerprint: fingerprint(key), file };
}

/** One line for a host key: which node wants it, the host, the key. */
export function describeHostKey(key: UnknownHostKey): string {
  const { host, address, keyType, fingerprint: print } = hostKeyFacts(key);
  const where = address === null || host.includes(address) ? host : `${host} (${address})`;
  return `  ${key.node}  ${where}  ${keyType}  ${print}\n`;
}

/**
 * Asks once about all of these keys, as ssh does about one: yes takes them all, fingerprints take the keys that have
 * them, no and the end of input take none.
 */
export async function confirmHostKeys(
  prompter: Prompter,
  keys: readonly UnknownHostKey[],
): Promise<readonly UnknownHostKey[]> {
  const files = [...new Set(keys.map(({ file }) => file))].join(", ");
  prompter.say(`nobody has confirmed these host keys yet; they are not in ${files}:\n`);
  prompter.say(keys.map(describeHostKey).join(""));
  let question = `trust ${keys.length > 1 ? "these keys" : "this key"} (yes/no/fingerprint)? `;
  for (;;) {
    const answer = (await prompter.line(question))?.trim();
    if (answer === undefined || /^no?$/i.test(answer)) return [];
    if (/^yes$/i.test(answer)) return keys;
    const named = keysWith(answer.split(/[\s,]+/), keys);
    if (named.length > 0) return named;
    question = "please type yes, no or the fingerprint: ";
  }
}

/** The keys with one of these fingerprints. */
export function keysWith(fingerprints: readonly string[], keys: readonly UnknownHostKey[]): readonly UnknownHostKey[] {
  return keys.filter(({ key }) => fingerprints.includes(fingerprint(key)));
}
