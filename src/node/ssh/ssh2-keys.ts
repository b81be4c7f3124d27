import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { BaseAgent, IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from "ssh2";

// ssh2 takes longer to load than the rest of the program: only when a connection is made
const loadSsh2 = async () => (await import("ssh2")).default;

/** ssh2's key from a file, or undefined where the passphrase is wrong or the file is none that ssh2 can use. */
export async function loadPrivateKey(path: string, passphrase?: string): Promise<ParsedKey | undefined> {
  const [{ utils }, text] = await Promise.all([loadSsh2(), readFile(path, "latin1").catch(() => "")]);
  const key = utils.parseKey(fromPkcs8(text, passphrase) ?? text, passphrase);
  // OpenSSH's format may hold several keys: ssh2 then gives an array, whatever its types say
  const first = Array.isArray(key) ? (key[0] as ParsedKey | Error | undefined) : key;
  return first === undefined || first instanceof Error || !first.isPrivateKey() ? undefined : first;
}

/** PKCS#8, which ssh2 does not read, as the older form that it does. */
function fromPkcs8(text: string, passphrase: string | undefined): string | undefined {
  if (!/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text)) return undefined;
  try {
    const key = createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) });
    const type = key.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1";
    return key.export({ format: "pem", type }).toString();
  } catch {
    return undefined;
  }
}

/** An agent that shows only these keys, in this order; ssh2's own would offer all it holds. */
export async function agentOffering(socketPath: string, keys: readonly Buffer[]): Promise<BaseAgent> {
  const ssh2 = await loadSsh2();
  const agent = ssh2.createAgent(socketPath);
  class OfferedKeys extends ssh2.BaseAgent {
    override getIdentities(callback: IdentityCallback): void {
      callback(null, [...keys]);
    }
    override sign(
      pubKey: Buffer | string | ParsedKey,
      data: Buffer,
      options: SigningRequestOptions | SignCallback,
      callback?: SignCallback,
    ): void {
      if (typeof options === "function") agent.sign(pubKey, data, options);
      else agent.sign(pubKey, data, options, callback);
    }
  }
  return new OfferedKeys();
}
