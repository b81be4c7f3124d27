import { failed, type NodeError } from "../failure.ts";
import { quote } from "../shell.ts";
import type { LocalMachine } from "./local-machine.ts";
import { parseSshG, settingsFrom } from "./ssh-g.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** What is said of a host beside its name, stronger than any configuration file; as on ssh's command line. */
export interface SshRequest {
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** Path of a private key, absolute. */
  readonly identity?: string | undefined;
  /** Replaces the user's and the system's configuration (`ssh -F`). */
  readonly configFile?: string | undefined;
  readonly local: LocalMachine;
}

export type SshAnswer =
  | { readonly kind: "ended"; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** No `ssh` on this machine. */
  | { readonly kind: "missing" };

/** Runs the system's `ssh` with these arguments. */
export type RunSsh = (args: readonly string[]) => Promise<SshAnswer>;

/**
 * What OpenSSH itself would use for a host: `ssh -G`.
 * Without an `ssh` on this machine: the request over OpenSSH's defaults, with a `warning`.
 * @param host a DNS name, an address or an alias of ~/.ssh/config
 * @throws NodeError `protocol` with ssh's first complaint, where the configuration is one that ssh refuses
 */
export async function resolveSsh(host: string, request: SshRequest, run: RunSsh): Promise<SshSettings> {
  refuseShellCharacters(host, request.user);
  const answer = await run(sshArguments(host, request));
  if (answer.kind === "missing") return withoutOpenSsh(host, request);
  if (answer.code !== 0)
    throw refused(host, request, firstComplaint(answer.stderr) ?? `ssh -G ended with ${answer.code}`);
  try {
    return settingsFrom(parseSshG(answer.stdout), host, request.local);
  } catch (error) {
    throw refused(host, request, (error as Error).message, error);
  }
}

/** The arguments that make `ssh` print its settings for a host. */
function sshArguments(host: string, request: SshRequest): string[] {
  return [
    // -T: without it ssh warns of a terminal that it lacks
    "-GT",
    ...(request.configFile === undefined ? [] : ["-F", request.configFile]),
    ...(request.user === undefined ? [] : ["-l", request.user]),
    ...(request.port === undefined ? [] : ["-p", String(request.port)]),
    ...(request.identity === undefined ? [] : ["-i", request.identity]),
    "--",
    host,
  ];
}

/** Host and user end up in ProxyCommand, which a shell reads: what OpenSSH 9.6 began to refuse is refused with any version. */
function refuseShellCharacters(host: string, user: string | undefined): void {
  if (!/^[A-Za-z0-9._:%][A-Za-z0-9._:%-]*$/.test(host)) {
    throw failed("unknown-host", `not a host name: ${JSON.stringify(host)}`, "mclu config check");
  }
  if (user !== undefined && (user === "" || /^-|['`"$\\;&<>|(){}\s]/.test(user))) {
    throw failed("auth", `not a user name: ${JSON.stringify(user)}`, "mclu config check");
  }
}

function refused(host: string, request: SshRequest, detail: string, cause?: unknown): NodeError {
  const config = request.configFile === undefined ? "" : `-F ${quote(request.configFile)} `;
  return failed("protocol", detail, `ssh -G ${config}${host}`, cause);
}

function firstComplaint(stderr: string): string | undefined {
  return stderr
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "");
}

/** OpenSSH's defaults (9.2), without any configuration file. */
const defaults = `
identityfile ~/.ssh/id_rsa
identityfile ~/.ssh/id_ecdsa
identityfile ~/.ssh/id_ed25519
hostkeyalgorithms ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256
kexalgorithms curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521
globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2
`;

function withoutOpenSsh(host: string, { user, port, identity, local }: SshRequest): SshSettings {
  const asked = [
    `userknownhostsfile ${local.home}/.ssh/known_hosts ${local.home}/.ssh/known_hosts2`,
    ...(user === undefined ? [] : [`user ${user}`]),
    ...(port === undefined ? [] : [`port ${port}`]),
  ].join("\n");
  const settings = settingsFrom(parseSshG(`${asked}${defaults}`), host, local);
  return {
    ...settings,
    identityFiles: identity === undefined ? settings.identityFiles : [identity],
    warning: "no ssh on this machine: ~/.ssh/config is not read",
  };
}
