import type { ProxyHop } from "./proxy-jump.ts";

/** What OpenSSH would use for one host; paths are absolute, tokens and variables replaced. Keywords as in ssh_config(5). */
export interface SshSettings {
  /** The host as it was asked for. */
  readonly host: string;
  readonly hostname: string;
  readonly user: string;
  readonly port: number;
  readonly addressFamily: "any" | "inet" | "inet6";
  readonly bindAddress?: string;
  readonly bindInterface?: string;
  /** Seconds. */
  readonly connectTimeout?: number;
  /** Seconds; 0 is never. */
  readonly serverAliveInterval: number;
  /** In order; an identity of the command line or of mclu.conf first. Files may be missing. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** Socket path of the agent; absent where there is none or `none` was asked for. */
  readonly identityAgent?: string;
  readonly certificateFiles: readonly string[];
  readonly pkcs11Provider?: string;
  readonly pubkeyAuthentication: boolean;
  readonly gssapiAuthentication: boolean;
  readonly hostbasedAuthentication?: boolean;
  readonly pubkeyAcceptedAlgorithms: readonly string[];
  /** From the nearest hop to the last; empty: none. Never together with `proxyCommand`. */
  readonly proxyJump: readonly ProxyHop[];
  /** For `/bin/sh -c`. */
  readonly proxyCommand?: string;
  /** ProxyUseFDPass: the command hands over a socket, which only OpenSSH can take. */
  readonly proxyUseFdpass: boolean;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly knownHostsCommand?: string;
  readonly revokedHostKeys: readonly string[];
  readonly strictHostKeyChecking: "yes" | "ask" | "accept-new" | "no";
  /** Lower case. */
  readonly hostKeyAlias?: string;
  readonly checkHostIp: boolean;
  readonly hashKnownHosts: boolean;
  readonly hostKeyAlgorithms: readonly string[];
  readonly kexAlgorithms: readonly string[];
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  /** Why these are defaults rather than what OpenSSH says: one sentence for the user. */
  readonly warning?: string;
}
