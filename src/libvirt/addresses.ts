import { BlockList, isIP } from "node:net";
import { UnexpectedOutput } from "./query.ts";
import { anyText, parseTable } from "./table.ts";

export type AddressFamily = "ipv4" | "ipv6";

export interface Address {
  /** Of the guest's network card, lower case. */
  readonly mac: string;
  readonly family: AddressFamily;
  readonly address: string;
  /** Bits of the network's mask; null where the source does not know. */
  readonly prefix: number | null;
}

export interface Lease extends Address {
  /** `YYYY-MM-DD HH:MM:SS` by the node's clock; null: for ever. */
  readonly expires: string | null;
}

/** The network that gave a lease. */
export interface LeaseNetwork {
  readonly name: string;
  /** Its device on the node, such as `virbr0`; null where it has none. */
  readonly bridge: string | null;
}

/** A lease, and who gave it: two networks of one node may know the same MAC, each for another guest. */
export interface NetworkLease extends Lease {
  /** null: libvirt has it by guest, as its test driver does. */
  readonly network: LeaseNetwork | null;
}

const mac = "(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}";
const address = "[0-9a-fA-F.:]+/\\d{1,3}";

/** Reads `virsh net-dhcp-leases`; null: no answer. Throws UnexpectedOutput. */
export function parseLeases(text: string): Lease[] | null {
  const rows = parseTable(text, "virsh net-dhcp-leases", [
    { heading: "Expiry Time", cell: "\\d+-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d" },
    // without a MAC for clients that are known by a DUID only
    { heading: "MAC address", cell: `${mac}|-` },
    { heading: "Protocol", cell: "ipv4|ipv6" },
    { heading: "IP address", cell: address },
    // both are the guest's to choose
    { heading: "Hostname", cell: anyText },
    { heading: "Client ID or DUID", cell: "\\S+" },
  ]);
  return (
    rows?.flatMap(([expiry = "", mac = "", , text = ""]) => {
      // libvirt gives 0, the epoch, for a lease that never ends; west of Greenwich that was in 1969
      const expires = /^19(?:69|70)-/.test(expiry) ? null : expiry;
      return mac === "-" ? [] : [{ ...toAddress(mac, text), expires }];
    }) ?? null
  );
}

/**
 * What no guest can be reached at. A node that connects to one of them may meet itself, and the agent, which says what it
 * likes, would choose where somebody logs in.
 */
const nobodys = { ipv4: new BlockList(), ipv6: new BlockList() };
nobodys.ipv4.addSubnet("0.0.0.0", 8);
nobodys.ipv4.addSubnet("127.0.0.0", 8);
// multicast, reserved, broadcast
nobodys.ipv4.addSubnet("224.0.0.0", 3);
// unspecified, loopback, and IPv4 in two disguises
nobodys.ipv6.addSubnet("::", 96, "ipv6");
nobodys.ipv6.addSubnet("::ffff:0:0", 96, "ipv6");
nobodys.ipv6.addSubnet("fe80::", 10, "ipv6");
nobodys.ipv6.addSubnet("ff00::", 8, "ipv6");

/**
 * Reads `virsh domifaddr --full`, of any source; null: no answer. Left out is what reaches no guest: loopback, link-local
 * IPv6 and multicast addresses, and those that stand for the machine itself. Throws UnexpectedOutput.
 */
export function parseInterfaceAddresses(text: string): Address[] | null {
  const rows = parseTable(text, "virsh domifaddr", [
    // Windows has spaces in it
    { heading: "Name", cell: anyText },
    { heading: "MAC address", cell: `${mac}|-|N/A` },
    { heading: "Protocol", cell: "ipv4|ipv6|-|N/A" },
    { heading: "Address", cell: `${address}|-|N/A` },
  ]);
  return (
    rows
      ?.filter(([, mac = "", , text = ""]) => mac.includes(":") && /\/\d/.test(text))
      .map(([, mac = "", , text = ""]) => toAddress(mac, text))
      .filter(isReachable) ?? null
  );
}

function toAddress(mac: string, text: string): Address {
  const [address = "", bits = ""] = text.split("/");
  const family = address.includes(":") ? "ipv6" : "ipv4";
  const prefix = Number(bits);
  // the agent, which says so, is the guest's own
  if (isIP(address) === 0 || prefix > (family === "ipv6" ? 128 : 32)) throw new UnexpectedOutput("an IP address", text);
  // virsh prints 0 where nobody said: no guest's network is the whole internet
  return { mac: mac.toLowerCase(), family, address, prefix: prefix === 0 ? null : prefix };
}

function isReachable({ address, family, mac }: Address): boolean {
  return mac !== "00:00:00:00:00:00" && !nobodys[family].check(address, family);
}

/**
 * The leases that are good now: expired ones go, and of several to one card and family the newest stays.
 * @param now `YYYY-MM-DD HH:MM:SS` by the node's clock, in the same time zone as virsh prints
 */
export function currentLeases<L extends Lease>(leases: readonly L[], now: string): L[] {
  const newest = new Map<string, L>();
  for (const lease of leases) {
    if (lease.expires !== null && lease.expires <= now) continue;
    const key = `${lease.mac} ${lease.family}`;
    const known = newest.get(key);
    if (!known || isNewer(lease, known)) newest.set(key, lease);
  }
  return [...newest.values()];
}

function isNewer(a: Lease, b: Lease): boolean {
  if (b.expires === null) return false;
  return a.expires === null || a.expires > b.expires;
}
