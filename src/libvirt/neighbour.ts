import { isIPv4 } from "node:net";
import type { Ipv4Interface } from "../ipv4.ts";
import { type Query, UnexpectedOutput } from "./query.ts";

export interface Neighbour {
  readonly interfaces: readonly Ipv4Interface[];
  /** What it takes the other host's name for; null: it does not know it. */
  readonly resolved: string | null;
}

/** Asks a node which networks it is in, and which IPv4 address a host has for it. */
export function neighbourQuery(host: string): Query<Neighbour> {
  const known = /^[\d.]+$/.test(host) ? host : null;
  return {
    steps: [
      { run: ["ip", "-o", "-4", "addr", "show", "scope", "global"] },
      ...(known === null ? [{ run: ["getent", "ahostsv4", host], cap: 5 }] : []),
    ],
    parse([addresses, name]) {
      return {
        interfaces: parseIpv4Interfaces(addresses?.texts[0] ?? ""),
        resolved: known ?? resolvedAddress(name?.texts[0] ?? ""),
      };
    },
  };
}

/** The first address of `getent ahostsv4`. */
function resolvedAddress(text: string): string | null {
  const [address = ""] = text.split(/\s/, 1);
  return isIPv4(address) ? address : null;
}

/** Reads `ip -o -4 addr`. Throws UnexpectedOutput. */
export function parseIpv4Interfaces(text: string): readonly Ipv4Interface[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      // `inet 10.0.0.5 peer 10.0.0.6/32`: a wire between two, which no broadcast goes over
      const [, address = "", prefix = ""] =
        /^\d+: +\S+ +inet (\d+(?:\.\d+){3})(?: peer [\d.]+)?\/(\d{1,2})\s/.exec(line) ?? [];
      if (!isIPv4(address) || Number(prefix) > 32) throw new UnexpectedOutput("ip -o -4 addr", line);
      return { address, prefix: Number(prefix) };
    });
}

/** Has a node send a UDP packet to a broadcast address, three times. True where one of its programs could. */
export function broadcastQuery(packet: Buffer, broadcast: string): Query<boolean> {
  return {
    steps: [{ run: ["sh", "-c", script, "mclu-wake", packet.toString("hex"), broadcast, python, perl] }],
    parse: ([answer]) => (answer?.texts[0] ?? "").trim() === "sent",
  };
}

/**
 * bash alone cannot: /dev/udp sets no SO_BROADCAST. Every host with virt-install or dnf has Python, every Debian a perl with
 * Socket. None of it needs root. `-I`, and the first line for perl (before 5.26, or with PERL_USE_UNSAFE_INC): of what lies in the
 * directory where mclu was typed nothing is imported.
 */
const script = `packet=$1 to=$2
for program in python3 /usr/libexec/platform-python; do
if command -v "$program" >/dev/null && "$program" -I -c "$3" "$packet" "$to"; then echo sent; exit 0; fi
done
if command -v perl >/dev/null && perl -e "$4" "$packet" "$to"; then echo sent; fi`;

const python = `import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
for _ in range(3): s.sendto(bytes.fromhex(sys.argv[1]), (sys.argv[2], 9))`;

const perl = `BEGIN { @INC = grep { $_ ne "." } @INC }
use Socket; my $s;
socket($s, PF_INET, SOCK_DGRAM, 0) && setsockopt($s, SOL_SOCKET, SO_BROADCAST, 1) or die;
send($s, pack("H*", $ARGV[0]), 0, pack_sockaddr_in(9, inet_aton($ARGV[1]))) or die for 1..3;`;
