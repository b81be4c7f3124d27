import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { connect, isIP, isIPv4, type LookupFunction, type Socket } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { failed, NodeError } from "../failure.ts";
import { untilAborted, within } from "../until-aborted.ts";
import { whenOver } from "../when-over.ts";
import { outOfFiles } from "./out-of-files.ts";
import type { SshSettings } from "./ssh-settings.ts";

export interface DialTarget {
  /** What the user calls it, for messages. */
  readonly node: string;
  readonly host: string;
  readonly port: number;
  readonly family: 0 | 4 | 6;
  readonly bindAddress?: string | undefined;
  /** Of this machine; counts where there is no `bindAddress`, as in OpenSSH. */
  readonly bindInterface?: string | undefined;
  /** Seconds for the TCP connection. */
  readonly deadline: number;
}

/** Seconds a name server may take; a dead one is not a node that is off. */
const lookupDeadline = 5;

/** `dial` for a host that is reached directly. */
export function dialHost(
  { hostname: host, port, addressFamily, bindAddress, bindInterface }: SshSettings,
  { node, deadline }: Pick<DialTarget, "node" | "deadline">,
  signal?: AbortSignal,
): Promise<Socket> {
  const family = { any: 0, inet: 4, inet6: 6 } as const;
  return dial({ node, host, port, family: family[addressFamily], bindAddress, bindInterface, deadline }, signal);
}

/**
 * A TCP connection without Nagle's delay, paused: the host's first words are for whoever speaks SSH with it, which may be
 * another process. Rejects with NodeError: off, refused, unknown-host or no-network;
 * with the signal's reason while the name is being resolved.
 */
export async function dial(target: DialTarget, signal?: AbortSignal): Promise<Socket> {
  const resolving = resolveName(target);
  // the C library's question cannot be taken back, but nobody has to wait for its answer
  const resolved = await (signal ? untilAborted(signal, resolving) : resolving);
  const { addresses, localAddress } = ends(resolved, target);
  // every address is tried, the next one 250 ms after the last: a name may have a dead IPv6 first
  const [first] = addresses;
  const known: LookupFunction = (_host, { all }, done) =>
    // Node wants one alone where it is told whence to connect
    all || first === undefined ? done(null, addresses) : done(null, first.address, first.family);
  const socket = connect({
    host: target.host,
    port: target.port,
    lookup: known,
    noDelay: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 250,
    ...(localAddress !== undefined && { localAddress }),
  });
  socket.pause();
  return new Promise((resolve, reject) => {
    const stopClock = whenOver(target.deadline, () =>
      settle(off(`no answer from ${target.host} within ${target.deadline} s`)),
    );
    const onAbort = () => settle(failed("lost", "interrupted", "mclu status"));
    const settle = (error?: NodeError) => {
      stopClock();
      signal?.removeEventListener("abort", onAbort);
      if (!error) return resolve(socket);
      socket.on("error", () => undefined).destroy();
      reject(error);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("connect", () => settle()).once("error", (error) => settle(connectError(error, target)));
  });
}

/**
 * Which of the host's addresses to try, and from which of our own. An interface has addresses of its own for each family, and
 * a connection only one: the family that the name's order has first and the interface at all.
 */
function ends(addresses: readonly LookupAddress[], { host, bindAddress, bindInterface }: DialTarget) {
  if (bindAddress !== undefined) {
    const ofFamily = addresses.filter(({ family }) => family === isIP(bindAddress));
    return { addresses: ofFamily.length > 0 ? ofFamily : [...addresses], localAddress: bindAddress };
  }
  if (bindInterface === undefined) return { addresses: [...addresses], localAddress: undefined };
  const own = networkInterfaces()[bindInterface] ?? [];
  for (const { family } of addresses) {
    const ofFamily = own.filter((each) => each.family === `IPv${family}`);
    const isLocal = ({ address, internal }: NetworkInterfaceInfo) => internal || /^fe[89ab]/.test(address);
    // as in OpenSSH: what holds on its link or this machine alone is the last choice
    const best = ofFamily.find((each) => !isLocal(each)) ?? ofFamily[0];
    if (best === undefined) continue;
    const scope = best.family === "IPv6" && best.scopeid ? `%${bindInterface}` : "";
    return { addresses: addresses.filter((each) => each.family === family), localAddress: best.address + scope };
  }
  const what = own.length > 0 ? `has no address of a family of ${host}` : "is not there, or has no address";
  throw failed("no-network", `BindInterface ${bindInterface} ${what}`, "ip address");
}

function off(detail: string, cause?: unknown): NodeError {
  return new NodeError({ state: "off", detail }, cause === undefined ? undefined : { cause });
}

async function resolveName({ host, family, node }: DialTarget): Promise<LookupAddress[]> {
  // a name is not asked about IPv6, whose pattern takes Node 20 some 5 ms to compile
  const literal = host.includes(":") ? isIP(host) : Number(isIPv4(host)) * 4;
  if (literal !== 0) return [{ address: host, family: literal }];
  const late = () => unknownHost(host, node, `the name server did not answer within ${lookupDeadline} s`);
  try {
    return await within({ seconds: lookupDeadline, late }, lookup(host, { all: true, family }));
  } catch (error) {
    if (error instanceof NodeError) throw error;
    throw unknownHost(host, node, lookupError(error));
  }
}

function lookupError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOTFOUND":
      return "nobody knows the name (ENOTFOUND)";
    case "EAI_AGAIN":
      return "the name server gave no answer (EAI_AGAIN)";
    default:
      return message;
  }
}

function unknownHost(host: string, node: string, detail: string): NodeError {
  return failed(
    "unknown-host",
    `${host} has no address: ${detail}`,
    `getent hosts ${host}  # or give ${node} an address in mclu.conf`,
  );
}

function connectError(error: Error, target: DialTarget): NodeError {
  const where = `${target.host} port ${target.port}`;
  // several addresses: the most telling of their errors (a refusal proves a live host)
  const errors =
    error instanceof AggregateError ? (error.errors as NodeJS.ErrnoException[]) : [error as NodeJS.ErrnoException];
  const codes = new Set(errors.map(({ code }) => code));
  if (codes.has("ECONNREFUSED"))
    return failed(
      "refused",
      `${where} refused the connection: the machine is up, sshd is not`,
      `ssh -p ${target.port} ${target.host}`,
      error,
    );
  for (const code of ["EHOSTUNREACH", "ETIMEDOUT", "EHOSTDOWN"])
    if (codes.has(code)) return off(`${code} from ${where}`, error);
  for (const code of ["ENETUNREACH", "ENETDOWN", "EADDRNOTAVAIL", "EACCES", "EPERM"])
    if (codes.has(code))
      return failed("no-network", `${code}: this machine has no way to ${where}`, `ip route get ${target.host}`, error);
  const [none] = errors.flatMap((each) => outOfFiles(each) ?? []);
  if (none) return none;
  return failed("lost", `${error.message} (${where})`, `ssh -v -p ${target.port} ${target.host}`, error);
}
