/** One host of ProxyJump; what is absent, the hop's own `ssh -G` says. */
export interface ProxyHop {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

/**
 * Reads ProxyJump as `ssh -G` prints it: `[USER@]HOST[:PORT]` or `ssh://...`, separated by commas, the nearest hop
 * first. `none` and nothing are no hops. As in OpenSSH only the first hop's own ProxyJump and ProxyCommand hold.
 * @throws Error for what is not a host
 */
export function parseProxyJump(text: string): ProxyHop[] {
  const list = text.replace(/#.*/s, "").trim();
  return list === "" || list.toLowerCase() === "none" ? [] : list.split(",").map(parseHop);
}

const hopParts =
  /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:[\]/@\s]+)|([^[\]/@\s]*:[^[\]/@\s]*:[^[\]/@]*))(?::(\d+))?\/?$/i;

function parseHop(text: string): ProxyHop {
  const [, user, bracketed, name, bareIpv6, port] = hopParts.exec(text.trim()) ?? [];
  const host = bracketed ?? name ?? bareIpv6;
  if (host === undefined || host.startsWith("-")) throw new Error(`ProxyJump: not a host: ${text}`);
  return {
    host,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}
