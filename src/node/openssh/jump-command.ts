import { quote } from "../shell.ts";
import { refuseCircle } from "../ssh/jump-circle.ts";
import type { ProxyHop } from "../ssh/proxy-jump.ts";
import type { SshSession } from "../ssh/session.ts";
import type { SshSettings } from "../ssh/ssh-settings.ts";
import { knownHostsCommand, strictness } from "./arguments.ts";
import { refuseEndlessKnownHosts } from "./endless-file.ts";
import { givenKeys } from "./given-keys.ts";

/** A jump host, and what ssh uses for it. */
export interface Jump {
  readonly hop: ProxyHop;
  readonly own: SshSettings;
  readonly given: readonly string[];
}

/**
 * The jump hosts to a node, the nearest first: as in OpenSSH, only the first hop's own ProxyCommand and ProxyJump hold.
 * Rejects with NodeError where the settings of a hop are refused, its known_hosts has no end, or the hops lead back to
 * themselves.
 */
export async function jumpsOf(session: SshSession, hops: readonly ProxyHop[]): Promise<Jump[]> {
  await refuseCircle(session, hops);
  return chainOf(session, hops);
}

async function chainOf(session: SshSession, hops: readonly ProxyHop[]): Promise<Jump[]> {
  const hop = hops.at(-1);
  if (hop === undefined) return [];
  const own = await session.resolve(hop.host, hop);
  await refuseEndlessKnownHosts(own, hop.host);
  const before = hops.slice(0, -1);
  const way = before.length > 0 || own.proxyCommand !== undefined ? before : own.proxyJump;
  return [...(await chainOf(session, way)), { hop, own, given: await givenKeys(session, own, undefined) }];
}

/**
 * A ProxyCommand that goes where ProxyJump would. The `ssh` that ProxyJump makes for a hop is given no setting of ours: where
 * the configuration has StrictHostKeyChecking no, and no passwords, it would go on with a changed key.
 * @param jumps the nearest first, at least one
 * @param configFile replaces the user's and the system's configuration
 * @param directory private to the connection: what each of them shows is written down there
 */
export function jumpCommand(jumps: readonly Jump[], configFile: string | undefined, directory: string): string {
  const last = jumps.length - 1;
  const { hop, own, given } = jumps[last] as Jump;
  const before = jumps.slice(0, -1);
  const settings = [
    ...["IgnoreUnknown=*", "BatchMode=yes", `StrictHostKeyChecking=${strictness(own)}`, "UpdateHostKeys=no"],
    `KnownHostsCommand=${knownHostsCommand(directory, given, own.knownHostsCommand, last)}`,
    ...["ForwardAgent=no", "ForwardX11=no", "PermitLocalCommand=no", "ControlPersist=no"],
    ...(last > 0 ? [`ProxyCommand=${jumpCommand(before, configFile, directory)}`, "ProxyUseFdpass=no"] : []),
  ];
  const words = [
    "ssh",
    ...(configFile === undefined ? [] : ["-F", configFile]),
    ...(hop.user === undefined ? [] : ["-l", hop.user]),
    ...(hop.port === undefined ? [] : ["-p", String(hop.port)]),
    ...settings.flatMap((setting) => ["-o", setting]),
  ];
  // ssh replaces tokens before the shell reads the line
  const literally = words.map((word) => quote(word.replaceAll("%", "%%")));
  return [...literally, "-W", quote("[%h]:%p"), "--", quote(hop.host.replaceAll("%", "%%"))].join(" ");
}
