import { isIPv6 } from "node:net";
import { exitCodes, UserError } from "../errors.ts";

/** Where a node is: the right side of a line in [nodes]. */
export interface NodeAddress {
  readonly user?: string;
  /** A DNS name, an alias of ~/.ssh/config, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port?: number;
}

// These words reach the argv of ssh and, as %h and %r, the shell of a ProxyCommand: what is not listed is refused.
const word = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const login = /^[A-Za-z0-9._][A-Za-z0-9._@+-]*$/;

/** A node's name. Throws UserError (exit 2). */
export function readNodeName(text: string): string {
  if (text === "all") throw bad(`"all" is not a node name: it would stand for every node`);
  if (word.test(text)) return text;
  if (/^[^\s=:]+[:\s]\s*\S/.test(text) && !text.startsWith("-"))
    throw bad(`"${text}" is not a node name: a line is NAME = [USER@]HOST[:PORT]`);
  throw bad(
    `"${text}" is not a node name: it has letters, digits, ".", "_" and "-", and begins with a letter or digit`,
  );
}

/** `[USER@]HOST[:PORT]`, with brackets round an IPv6 address that has a port. Throws UserError (exit 2). */
export function readNodeAddress(text: string): NodeAddress {
  if (/\s/.test(text)) throw bad(`"${text}" is not one address: other settings of a node go under [node.NAME]`);
  if (/^[a-z+]*ssh:\/\//i.test(text))
    throw bad(`"${text}" is a URL: write [USER@]HOST[:PORT] (libvirt's URI is the key uri)`);
  const at = text.lastIndexOf("@");
  const { host, port } = readHostPort(text.slice(at + 1));
  return {
    ...(at >= 0 && { user: readUser(text.slice(0, at)) }),
    host: readHost(host, text),
    ...(port !== undefined && { port: readPort(port) }),
  };
}

/** An address as `readNodeAddress` takes it. */
export function formatNodeAddress({ user, host, port }: NodeAddress): string {
  const place = port === undefined ? host : `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return user === undefined ? place : `${user}@${place}`;
}

/** A login name. Throws UserError (exit 2). */
export function readUser(text: string): string {
  if (!login.test(text)) throw bad(`"${text}" is not a login name`);
  return text;
}

/** A TCP port. Throws UserError (exit 2). */
export function readPort(text: string): number {
  const port = Number(text);
  if (!/^[0-9]{1,5}$/.test(text) || port < 1 || port > 65535)
    throw bad(`"${text}" is not a port: expected a number from 1 to 65535`);
  return port;
}

function readHostPort(text: string): { readonly host: string; readonly port?: string } {
  // more than one colon and no brackets: an IPv6 address, never a port
  if (isV6(text)) return { host: text };
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? text;
  if (bracketed !== undefined && !isV6(bracketed)) throw bad(`"[${bracketed}]" is not an IPv6 address`);
  return port === undefined ? { host } : { host, port };
}

/** Asked only of what may be one: the first question takes Node 20 some 5 ms, to compile its pattern. */
function isV6(text: string): boolean {
  return /:.*:/.test(text) && isIPv6(text);
}

function readHost(host: string, text: string): string {
  if (host === "") throw bad(`"${text}" has no host: expected [USER@]HOST[:PORT]`);
  if (host.includes(":") && !isV6(host))
    throw bad(`"${text}" is not an address: expected [USER@]HOST[:PORT], or [IPv6]:PORT`);
  if (!word.test(host) && !isV6(host))
    throw bad(
      `"${host}" is not a host: a name has letters, digits, ".", "_" and "-", and begins with a letter or digit`,
    );
  return host;
}

function bad(message: string): UserError {
  return new UserError(message, { exitCode: exitCodes.usage });
}
