import { quote } from "../shell.ts";
import { refuseCircle } from "../ssh/jump-circle.ts";
import type { ProxyHop } from "../ssh/proxy-jump.ts";
import type { SshSession } from "../ssh/session.ts";
import { strictness } from "./arguments.ts";
import { refuseEndlessKnownHosts } from "./endless-file.ts";

/**
 * A ProxyCommand that goes where ProxyJump would. The `ssh` that ProxyJump makes for a hop is given no setting of ours: where
 * the configuration has StrictHostKeyChecking no, and no passwords, it would go on with a changed key.
 * @param hops the nearest first, at least one
 * @param configFile replaces the user's and the system's configuration
 * Rejects with NodeError where the settings of a hop are refused, its known_hosts has no end, or the hops lead back to themselves.
 */
export async function jumpCommand(
  session: SshSession,
  hops: readonly ProxyHop[],
  configFile: string | undefined,
): Promise<string> {
  await refuseCircle(session, hops);
  return commandTo(session, hops, configFile);
}

async function commandTo(
  session: SshSession,
  hops: readonly ProxyHop[],
  configFile: string | undefined,
): Promise<string> {
  const hop = hops.at(-1);
  if (hop === undefined) throw new Error("a jump needs a host");
  const own = await session.resolve(hop.host, hop);
  await refuseEndlessKnownHosts(own, hop.host);
  const before = hops.slice(0, -1);
  // as in OpenSSH, only the first hop's own ProxyCommand and ProxyJump hold
  const way = before.length > 0 || own.proxyCommand !== undefined ? before : own.proxyJump;
  const settings = [
    ...["IgnoreUnknown=*", "BatchMode=yes", `StrictHostKeyChecking=${strictness(own)}`, "UpdateHostKeys=no"],
    ...["ForwardAgent=no", "ForwardX11=no", "PermitLocalCommand=no", "ControlPersist=no"],
    ...(way.length > 0 ? [`ProxyCommand=${await commandTo(session, way, configFile)}`, "ProxyUseFdpass=no"] : []),
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
