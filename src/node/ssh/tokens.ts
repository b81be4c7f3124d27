import { createHash } from "node:crypto";
import type { LocalMachine } from "./local-machine.ts";

/** What ssh_config's percent tokens stand for on one connection. */
export interface TokenContext {
  readonly local: LocalMachine;
  /** The host as it was asked for (`%n`). */
  readonly original: string;
  /** HostName (`%h`). */
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  readonly hostKeyAlias?: string | undefined;
  /** The last host of ProxyJump, alone (`%j`). */
  readonly jumpHost?: string | undefined;
}

/** What a percent token stands for, or undefined where the keyword does not accept it. */
export type TokenValue = (token: string) => string | undefined;

/** The tokens of ProxyCommand and ProxyJump (ssh_config(5), TOKENS). */
export function proxyTokens(context: TokenContext): TokenValue {
  return (token) => {
    switch (token) {
      case "%":
        return "%";
      case "h":
        return context.hostname;
      case "n":
        return context.original;
      case "p":
        return String(context.port);
      case "r":
        return context.user;
      default:
        return undefined;
    }
  };
}

/** The tokens of IdentityFile, CertificateFile, RevokedHostKeys and IdentityAgent. */
function pathTokens(context: TokenContext): TokenValue {
  const { local, jumpHost = "" } = context;
  const ofProxy = proxyTokens(context);
  return (token) => {
    switch (token) {
      case "C":
        return connectionHash(context);
      case "L":
        return local.hostname.split(".", 1)[0];
      case "d":
        return local.home;
      case "i":
        return String(local.uid);
      case "j":
        return jumpHost;
      case "k":
        return context.hostKeyAlias ?? context.original;
      case "l":
        return local.hostname;
      case "u":
        return local.user;
      default:
        return ofProxy(token);
    }
  };
}

/** `%C`, as OpenSSH has it since 9.6; before, the jump host was no part of it. */
function connectionHash({ local, hostname, port, user, jumpHost = "" }: TokenContext): string {
  return createHash("sha1").update([local.hostname, hostname, port, user, jumpHost].join("")).digest("hex");
}

/**
 * Replaces percent tokens.
 * @throws Error naming the token that the keyword does not accept
 */
export function expandTokens(text: string, tokens: TokenValue): string {
  return text.replace(/%(.?)/gs, (found, token: string) => valueOfToken(tokens, found, token, text));
}

/**
 * Makes a path of IdentityFile and its like: `~`, `${VARIABLE}` and percent tokens, in one pass as OpenSSH has it.
 * `~other` is left alone: reading the password database is not worth a process.
 * @throws Error for an unknown token or a variable that is not set or not closed
 */
export function expandPath(text: string, context: TokenContext): string {
  const { home, env } = context.local;
  const tokens = pathTokens(context);
  // OpenSSH refuses it as well; and where every one is closed the pattern below reads no character twice
  if (text.lastIndexOf("${") > text.lastIndexOf("}")) throw new Error(`a variable of ${text} has no closing }`);
  return text.replace(/^~(?=\/|$)\/*|\$\{([^}]*)\}|%(.?)/gs, (found, variable?: string, token?: string) => {
    if (token !== undefined) return valueOfToken(tokens, found, token, text);
    if (variable === undefined) return found === "~" ? home : `${home}/`;
    const value = env[variable];
    if (value === undefined) throw new Error(`environment variable ${found} of ${text} is not set`);
    return value;
  });
}

function valueOfToken(tokens: TokenValue, found: string, token: string, text: string): string {
  const value = tokens(token);
  if (value === undefined) throw new Error(`unknown token ${found} in ${text}`);
  return value;
}
