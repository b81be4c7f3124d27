import { wholeNumber } from "./number.ts";
import { UnexpectedOutput } from "./query.ts";

/** libvirt's virDomainState, in the words of `virsh list`. */
export const domainStates = [
  "no state",
  "running",
  "idle",
  "paused",
  "in shutdown",
  "shut off",
  "crashed",
  "pmsuspended",
] as const;

export type DomainState = (typeof domainStates)[number];

/**
 * Whether a guest holds its memory and its disks. One that has crashed does for as long as libvirt says so: its definition
 * wants it kept (`<on_crash>preserve`), or its memory is being written out; else it is shut off. libvirt says `no state` of
 * one that runs, of which its hypervisor tells no more.
 */
export function isActive(state: DomainState): boolean {
  return state !== "shut off";
}

export interface DomainName {
  readonly uuid: string;
  readonly name: string;
}

/** As many as libvirt itself lists (REMOTE_DOMAIN_LIST_MAX). */
const guestLimit = 16_384;

const uuidForm = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const domainLine = new RegExp(`^(${uuidForm}) ([^/]+)$`);
const uuidLine = new RegExp(`^${uuidForm}$`);

/** Reads the `--uuid` lists of virsh, of networks and pools. Throws UnexpectedOutput. */
export function parseUuids(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => {
    if (line !== "" && !uuidLine.test(line)) throw new UnexpectedOutput("a UUID", line);
    return line !== "";
  });
}

/**
 * Reads `virsh list --uuid --name`: names keep their spaces, libvirt keeps newlines and slashes out of them: files are named
 * after guests, and `NODE/GUEST` is a guest of that node. Throws UnexpectedOutput, also for a UUID or a name that is there
 * twice: what is done to one guest would meet the other.
 */
export function parseDomainNames(text: string): DomainName[] {
  const taken = new Set<string>();
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, uuid, name] = domainLine.exec(line) ?? [];
      if (uuid === undefined || name === undefined) throw new UnexpectedOutput("UUID NAME of virsh list", line);
      if (taken.has(`uuid ${uuid}`) || taken.has(`name ${name}`))
        throw new UnexpectedOutput("each guest once in virsh list", line);
      taken.add(`uuid ${uuid}`).add(`name ${name}`);
      if (taken.size > 2 * guestLimit) throw new UnexpectedOutput("virsh list", `more than ${guestLimit} guests`);
      return { uuid, name };
    });
}

export type DomainStats = ReadonlyMap<string, string>;

/** Reads `virsh domstats --raw`: domain name to its `key=value` pairs. */
export function parseDomainStats(text: string): ReadonlyMap<string, DomainStats> {
  const domains = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split("\n")) {
    // a name may hold quotes: only the first and the last of the line are virsh's
    const name = /^Domain: '(.*)'$/s.exec(line)?.[1];
    if (name !== undefined) {
      current = new Map();
      domains.set(name, current);
      if (domains.size > guestLimit) throw new UnexpectedOutput("virsh domstats", `more than ${guestLimit} guests`);
    } else if (line.startsWith("  ") && current) {
      const equals = line.indexOf("=");
      if (equals < 0) throw new UnexpectedOutput("key=value of virsh domstats", line);
      current.set(line.slice(2, equals), line.slice(equals + 1));
    } else if (line.trim() !== "") {
      throw new UnexpectedOutput("virsh domstats", line);
    }
  }
  return domains;
}

/** A number of domstats; null where libvirt did not give one. */
export function statNumber(stats: DomainStats, key: string): number | null {
  return wholeNumber(stats.get(key));
}

export function statState(stats: DomainStats): DomainState | null {
  const index = statNumber(stats, "state.state");
  return index === null ? null : (domainStates[index] ?? null);
}
