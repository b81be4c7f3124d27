import { createPrivateKey } from "node:crypto";
import { Socket } from "node:net";
import type {
  BaseAgent,
  GetStreamCallback,
  IdentityCallback,
  ParsedKey,
  SignCallback,
  SigningRequestOptions,
} from "ssh2";
import { whenOver } from "../when-over.ts";
import { agentDeadline } from "./deadlines.ts";
import { loadSsh2 } from "./load-ssh2.ts";
import { outOfFiles } from "./out-of-files.ts";
import { readKeyText } from "./read-key-text.ts";

/**
 * ssh2's key from a file, or undefined where the passphrase is wrong or the file is none that ssh2 can use. Rejects with
 * NodeError where this machine may open no more files.
 */
export async function loadPrivateKey(path: string, passphrase?: string): Promise<ParsedKey | undefined> {
  const [{ utils }, text] = await Promise.all([loadSsh2(), readKeyText(path).catch(nothingOf)]);
  const key = utils.parseKey(fromPkcs8(text, passphrase) ?? text, passphrase);
  // OpenSSH's format may hold several keys: ssh2 then gives an array, whatever its types say
  const first = Array.isArray(key) ? (key[0] as ParsedKey | Error | undefined) : key;
  return first === undefined || first instanceof Error || !first.isPrivateKey() ? undefined : first;
}

function nothingOf(error: unknown): string {
  const none = outOfFiles(error);
  if (none) throw none;
  return "";
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
  const agent = new (patientAgent(ssh2))(socketPath);
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

/** An agent that is given up, and holds no process, when it does not sign in time: ssh2 would wait for ever. */
function patientAgent({ OpenSSHAgent }: Awaited<ReturnType<typeof loadSsh2>>) {
  return class extends OpenSSHAgent {
    override getStream(callback: GetStreamCallback): void {
      super.getStream((error, stream) => {
        if (stream instanceof Socket) {
          stream.unref();
          stream.once(
            "close",
            whenOver(agentDeadline, () => stream.destroy(), { holds: false }),
          );
        }
        callback(error, stream);
      });
    }
  };
}
