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

// one way only to read anything: a pattern that can share a run of colons out between its parts would try every way
const hostAndPort = /^(?:\[([^[\]/@\s]+)\]|([^:[\]/@\s]+))(?::([1-9]\d{0,4}))?$/;
const bareIpv6 = /^(?:[^:[\]/@\s]*:){2}[^[\]/@\s]*$/;

function parseHop(text: string): ProxyHop {
  const hop = text
    .trim()
    .replace(/^ssh:\/\//i, "")
    .replace(/\/$/, "");
  const at = hop.lastIndexOf("@");
  const user = at < 0 ? undefined : hop.slice(0, at);
  const place = hop.slice(at + 1);
  const [, bracketed, name, digits] = hostAndPort.exec(place) ?? [];
  const host = bracketed ?? name ?? bareIpv6.exec(place)?.[0];
  const port = digits === undefined ? undefined : Number(digits);
  if (
    host === undefined ||
    host.startsWith("-") ||
    (user !== undefined && !/^[^\s/]+$/.test(user)) ||
    (port ?? 0) > 65535
  )
    throw new Error(`ProxyJump: not a host: ${text}`);
  return {
    host,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
  };
}
