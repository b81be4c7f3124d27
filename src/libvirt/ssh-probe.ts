import type { Query } from "./query.ts";

const script = `if command -v bash >/dev/null; then
bash -c 'exec 3<>"/dev/tcp/$1/22" && IFS= read -r -t 3 line <&3 && printf "%s\\n" "$line"' bash "$1" 2>/dev/null
else ssh-keyscan -T 3 "$1" 2>/dev/null; fi`;

/** Addresses of a guest that are tried: its agent may say thousands, and each takes its time. */
export const triedAddresses = 8;

/** Whether an ssh server greets at an address, seen from the node: the guest may be reachable from nowhere else. */
export function sshProbe(address: string): Query<boolean> {
  return {
    steps: [{ run: ["sh", "-c", script, "mclu", address], cap: 5 }],
    parse: ([answer]) => /(^|\s)(SSH-|ssh-|ecdsa-)/.test(answer?.texts[0] ?? ""),
  };
}
