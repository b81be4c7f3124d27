import type { Query } from "./query.ts";

/** Whose an address is, for the node that would connect to it. */
export interface AddressOwner {
  readonly address: string;
  /** The node's own. */
  readonly isNode: boolean;
  /** Network cards that answer for it where the node would connect to it, lower case; none: it is elsewhere, or nobody answers. */
  readonly macs: readonly string[];
  /** Somebody took a connection there just now: these cards are where connections go, and not where one went before. */
  readonly isOpen: boolean;
}

/**
 * A neighbour is known once something was sent to it. Only the interface counts that a connection would take: on another one
 * a guest may have made itself known under anybody's address.
 */
const script = `port=$1; shift
route=$(ip route get "$1" 2>/dev/null) || exit 0
case $route in
local\\ *) echo node; exit ;;
*\\ via\\ *) exit ;;
esac
dev=\${route#* dev }
if timeout 1 bash -c ': 3<>"/dev/tcp/$1/$2"' bash "$1" "$port" 2>/dev/null; then echo open; fi
ip neigh show to "$1" dev "\${dev%% *}" 2>/dev/null`;

/**
 * Whose these addresses are, in their order.
 * @param port of TCP, where a connection is tried
 */
export function addressOwnersQuery(addresses: readonly string[], port = 22): Query<readonly AddressOwner[]> {
  return {
    steps: addresses.map((address) => ({ run: ["sh", "-c", script, "mclu", String(port), address], cap: 5 })),
    parse: (answers) => addresses.map((address, index) => readOwner(address, answers[index]?.texts[0] ?? "")),
  };
}

function readOwner(address: string, text: string): AddressOwner {
  const macs = text.match(/(?<= lladdr )(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi) ?? [];
  const isOpen = text.startsWith("open\n");
  return { address, isNode: text.trim() === "node", macs: macs.map((mac) => mac.toLowerCase()), isOpen };
}
