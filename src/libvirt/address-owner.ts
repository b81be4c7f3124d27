import type { Query } from "./query.ts";

/** Whose an address is, for the node that would connect to it. */
export interface AddressOwner {
  /** The node's own. */
  readonly isNode: boolean;
  /** Network cards that answer for it in the node's own networks, lower case; none: it is elsewhere, or nobody answers. */
  readonly macs: readonly string[];
}

/** A neighbour is known once something was sent to it. */
const script = `route=$(ip route get "$1" 2>/dev/null) || exit 0
case $route in
local\\ *) echo node; exit ;;
*\\ via\\ *) exit ;;
esac
timeout 2 bash -c ': 3<>"/dev/tcp/$1/22"' bash "$1" 2>/dev/null
ip neigh show to "$1" 2>/dev/null`;

/** Whose these addresses are, in their order. */
export function addressOwnersQuery(addresses: readonly string[]): Query<readonly AddressOwner[]> {
  return {
    steps: addresses.map((address) => ({ run: ["sh", "-c", script, "mclu", address], cap: 5 })),
    parse: (answers) => addresses.map((_, index) => readOwner(answers[index]?.texts[0] ?? "")),
  };
}

function readOwner(text: string): AddressOwner {
  const macs = [...text.matchAll(/ lladdr ((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\b/gi)].map(([, mac = ""]) =>
    mac.toLowerCase(),
  );
  return { isNode: text.trim() === "node", macs };
}
