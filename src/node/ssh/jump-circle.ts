import { failed } from "../failure.ts";
import { loginCommand } from "../settings.ts";
import type { ProxyHop } from "./proxy-jump.ts";
import type { SshSession } from "./session.ts";

/**
 * Rejects with NodeError where jump hosts lead back to themselves: each would wait for the other's connection, for ever.
 * Rejects as `resolve` does as well.
 */
export async function refuseCircle(session: SshSession, hops: readonly ProxyHop[]): Promise<void> {
  const passed = new Set<string>();
  for (let way = hops, hop = way[0]; hop !== undefined; hop = way[0]) {
    const place = JSON.stringify(way);
    if (passed.has(place)) {
      const hint = loginCommand({ ...hop, transport: "ssh" }, "-G").trim();
      throw failed("jump", `ProxyJump of ${hop.host} leads back to it`, hint);
    }
    passed.add(place);
    // only the first hop's own settings hold, as in OpenSSH
    const own = await session.resolve(hop.host, hop);
    way = own.proxyCommand === undefined ? own.proxyJump : [];
  }
}
