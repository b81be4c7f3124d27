import { NodeError } from "../node/failure.ts";
import type { NodeSettings } from "../node/settings.ts";
import { hopOfProxyCommand } from "../node/ssh/proxy-command-hop.ts";
import type { ProxyHop } from "../node/ssh/proxy-jump.ts";
import type { SshSession } from "../node/ssh/session.ts";
import type { SshSettings } from "../node/ssh/ssh-settings.ts";
import type { Way } from "./way.ts";

type Target = Pick<NodeSettings, "host" | "user" | "port" | "identity">;

/** No host is called so (RFC 2606), and no configuration has a word for it alone. */
const anyHost = "any.invalid";

/** The hosts of ProxyJump, or the one that ProxyCommand plainly goes through. */
export function hopsOf({ proxyJump, proxyCommand }: SshSettings): readonly ProxyHop[] {
  const command = proxyCommand === undefined ? undefined : hopOfProxyCommand(proxyCommand);
  return command === undefined ? proxyJump : [command];
}

/** The way to a host, to its first hop's first hop and beyond. Rejects with NodeError. */
export async function findWay(session: SshSession, target: Target): Promise<Way> {
  const own = await session.resolve(target.host, target);
  const further = await namesOf(session, hopsOf(own), new Set());
  return { names: [target.host, own.hostname, ...further], knownHosts: filesOf(own) };
}

/** Where the user's ssh finds the keys of hosts that have no settings of their own; nowhere, where it refuses all it reads. */
export async function commonKnownHosts(session: SshSession): Promise<readonly string[]> {
  const any = await settingsOf(session, { host: anyHost });
  return any ? filesOf(any) : [];
}

/** undefined where ssh refuses its configuration, or the host's name. */
function settingsOf(session: SshSession, hop: ProxyHop): Promise<SshSettings | undefined> {
  return session.resolve(hop.host, hop).catch((error: unknown) => {
    if (error instanceof NodeError) return undefined;
    throw error;
  });
}

function filesOf({ userKnownHostsFiles, globalKnownHostsFiles }: SshSettings): readonly string[] {
  return [...userKnownHostsFiles, ...globalKnownHostsFiles];
}

/** @param passed hops that were met already: a way may lead back to itself */
async function namesOf(
  session: SshSession,
  hops: readonly ProxyHop[],
  passed: Set<string>,
): Promise<readonly string[]> {
  const names = await Promise.all(
    hops.map(async (hop) => {
      const place = JSON.stringify([hop.host, hop.user, hop.port]);
      if (passed.has(place)) return [];
      passed.add(place);
      const own = await settingsOf(session, hop);
      return own ? [hop.host, own.hostname, ...(await namesOf(session, hopsOf(own), passed))] : [hop.host];
    }),
  );
  return names.flat();
}
