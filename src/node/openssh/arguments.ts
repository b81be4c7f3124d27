import type { NodeSettings } from "../settings.ts";
import type { SshSettings } from "../ssh/ssh-settings.ts";
import type { Destination } from "../transport.ts";

export interface LoginOptions {
  /** Replaces the user's and the system's configuration. */
  readonly configFile: string | undefined;
  /** The connection is there already, on stdin and stdout. */
  readonly direct: boolean;
  /** In place of ProxyJump: `jumpCommand`. */
  readonly jump?: string | undefined;
  /** For the whole login. */
  readonly seconds: number;
  /** Private to this connection; letters, digits and `/._-` only. */
  readonly directory: string;
  /** `givenKeys` of the host. */
  readonly given: readonly string[];
}

/** The master's control socket. */
export const controlSocket = (directory: string) => `${directory}/s`;
/**
 * Where the host key that the host has shown is written down, `TYPE BASE64`.
 * @param jump of a jump host, by its number on the way
 */
export const shownKeyFile = (directory: string, jump?: number) => `${directory}/key${jump ?? ""}`;
/** What the user's own KnownHostsCommand has printed. */
export const commandKeysFile = (directory: string, jump?: number) => `${directory}/known${jump ?? ""}`;

/** StrictHostKeyChecking of an `ssh` of ours: only unknown keys are open to discussion, with "no" it would go on with a changed one. */
export function strictness({ strictHostKeyChecking }: SshSettings): "yes" | "accept-new" {
  return /^(yes|ask)$/.test(strictHostKeyChecking) ? "yes" : "accept-new";
}

/**
 * The arguments of the `ssh` that logs in and serves the others. The user's configuration holds, but for what could ask,
 * forward, run something or outlive us.
 */
export function loginArguments(node: NodeSettings, ssh: SshSettings, options: LoginOptions): string[] {
  const { configFile, direct, jump, seconds, directory, given } = options;
  const settings = [
    // first of all: what an older ssh does not know yet it shall pass over; `ssh -G` has checked the user's own
    "IgnoreUnknown=*",
    "BatchMode=yes",
    `StrictHostKeyChecking=${strictness(ssh)}`,
    // known_hosts gains keys that were asked about, and loses none
    "UpdateHostKeys=no",
    `KnownHostsCommand=${knownHostsCommand(directory, given, ssh.knownHostsCommand)}`,
    ...["ForwardAgent=no", "ForwardX11=no", "GSSAPIDelegateCredentials=no", "ClearAllForwardings=yes", "Tunnel=no"],
    ...["RemoteCommand=none", "PermitLocalCommand=no", "ControlPersist=no"],
    // less would hide what a server offers that ssh does not take
    "LogLevel=INFO",
    ...["ServerAliveInterval=5", "ServerAliveCountMax=3"],
    ...["ConnectionAttempts=1", `ConnectTimeout=${Math.ceil(seconds)}`],
    // with a ProxyCommand ssh would not canonicalize the name, which known_hosts goes by
    ...(direct ? ["ProxyCommand=-", "ProxyUseFdpass=no", `HostName=${ssh.hostname.replaceAll("%", "%%")}`] : []),
    ...(jump === undefined ? [] : [`ProxyCommand=${jump}`, "ProxyUseFdpass=no"]),
  ];
  return [
    ...["-N", "-T", "-a", "-x", "-M", "-e", "none", "-S", controlSocket(directory)],
    ...(configFile === undefined ? [] : ["-F", configFile]),
    ...(node.user === undefined ? [] : ["-l", node.user]),
    ...(node.port === undefined ? [] : ["-p", String(node.port)]),
    ...(node.identity === undefined ? [] : ["-i", node.identity]),
    ...settings.flatMap((setting) => ["-o", setting]),
    "--",
    node.host,
  ];
}

/**
 * The arguments of an `ssh` that comes as far as the host's key, which goes into `shownKeyFile`: it knows no key at all,
 * so that there is none it would accept and go on with.
 * @param algorithms HostKeyAlgorithms in the order to ask for
 */
export function lookArguments(
  node: NodeSettings,
  ssh: SshSettings,
  options: LoginOptions,
  algorithms: readonly string[],
): string[] {
  const settings = [
    ...[
      "UserKnownHostsFile=/dev/null",
      "GlobalKnownHostsFile=/dev/null",
      "VerifyHostKeyDNS=no",
      "RevokedHostKeys=none",
    ],
    ...["StrictHostKeyChecking=yes", `KnownHostsCommand=${knownHostsCommand(options.directory, [], undefined)}`],
    ...["PreferredAuthentications=none", "IdentityAgent=none", "IdentitiesOnly=yes"],
    ...(algorithms.length > 0 ? [`HostKeyAlgorithms=${algorithms.join(",")}`] : []),
  ];
  // the first value of a setting holds
  return [...settings.flatMap((setting) => ["-o", setting]), ...loginArguments(node, ssh, options)];
}

/**
 * A KnownHostsCommand (OpenSSH 8.5) that writes down the key the host shows: the fact by which failures are told apart. It
 * knows the keys that are given and no more. The user's own command runs behind it, and what that prints is kept as well.
 * @param given `givenKeys` of the host
 * @param own as ssh_config has it, with its quotes and tokens
 * @param jump of a jump host, by its number on the way
 */
export function knownHostsCommand(
  directory: string,
  given: readonly string[],
  own: string | undefined,
  jump?: number,
): string {
  const shown = shownKeyFile(directory, jump);
  // of a certificate that does not count, ssh asks about the key in it afterwards
  const note = `[ $1 != HOSTNAME ] || [ -e ${shown} ] || echo $2 $3 >${shown}`;
  const steps = [note, ...given.map((line) => `echo "${line}"`)].join("; ");
  if (own === undefined) return `/bin/sh -c '${steps}' sh %I %t %K`;
  return `/bin/sh -c '${steps}; shift 3; "$@" | tee -a ${commandKeysFile(directory, jump)}' sh %I %t %K ${own}`;
}

/**
 * The arguments of an `ssh` that runs a command over the master's connection. It reads no configuration, and where the
 * master does not serve it, it makes `refusal` (a directory) rather than a connection of its own.
 * @param host only shown by `ps`
 */
export function commandArguments(
  directory: string,
  host: string,
  { refusal, terminal, command }: { readonly refusal: string; readonly terminal: boolean; readonly command: string },
): string[] {
  const settings = ["ControlMaster=no", `ProxyCommand=mkdir ${refusal}`, "BatchMode=yes"];
  return [
    ...["-F", "/dev/null", "-S", controlSocket(directory), "-q", terminal ? "-tt" : "-T", "-a", "-x", "-e", "none"],
    ...settings.flatMap((setting) => ["-o", setting]),
    ...["--", host, command],
  ];
}

/**
 * The arguments of an `ssh` that has the master listen on a socket here, and connect from the host for whoever comes. In the
 * path of a socket OpenSSH (8.4) puts what variables and tokens stand for: one that a guest's XML made up would tell its node
 * what is in our environment.
 * @param host only shown by `ps`
 * @param path of the socket: no colon
 * @returns undefined for a destination that ssh cannot be told as it is
 */
export function forwardArguments(
  directory: string,
  host: string,
  path: string,
  to: Destination,
): readonly string[] | undefined {
  // with a slash in it a host would be a path
  const isPlain = "socket" in to ? /^\/(?:(?!\$\{)[^%:\\\p{Cc}])+$/u.test(to.socket) : /^[\w.:%-]+$/.test(to.host);
  if (!isPlain) return undefined;
  const there = "socket" in to ? to.socket : `[${to.host}]:${to.port}`;
  return ["-F", "/dev/null", "-S", controlSocket(directory), "-O", "forward", "-L", `${path}:${there}`, "--", host];
}
