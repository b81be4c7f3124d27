import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import { isActive } from "../libvirt/domains.ts";
import { ip } from "./ip.ts";
import { askOverview } from "./overview.ts";

/** What a new guest is waited for: any address, or sshd at it. */
export type Awaited = "ip" | "ssh";

/** An address, or why there is none. */
export type AddressWait =
  | { readonly state: "found"; readonly address: string }
  | { readonly state: "missing"; readonly address: string | null; readonly reason: string };

/** Seconds between two looks. */
const pause = 1;

/**
 * Waits until a guest has an address, IPv4 first, or until sshd answers at it, as seen from its node. Never rejects for
 * what a node or the guest does; rejects with the signal's reason.
 */
export async function awaitAddress(
  cluster: Cluster,
  guest: { readonly node: string; readonly uuid: string },
  wanted: Awaited,
  { seconds, signal }: { readonly seconds: number; readonly signal?: AbortSignal | undefined },
): Promise<AddressWait> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const address = await lookForAddress(cluster, guest, signal);
    if (address !== null && (wanted === "ip" || (await sshAnswers(cluster, guest.node, address, signal))))
      return { state: "found", address };
    if (performance.now() + pause * 1000 > deadline)
      return { state: "missing", address, reason: await reasonOf(cluster, guest, address, signal) };
    await sleep(pause * 1000, undefined, signal && { signal });
  }
}

async function lookForAddress(
  cluster: Cluster,
  { node, uuid }: { readonly node: string; readonly uuid: string },
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const { addresses } = await ip(cluster, { guests: [`${node}/${uuid}`], signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    // a node that is away for a moment may be back before the deadline
    if (error instanceof Error && error.name === "UserError") return { addresses: [] };
    throw error;
  });
  const known = addresses.filter(({ address, source }) => address !== null && source !== "arp");
  return (known.find(({ family }) => family === "ipv4") ?? known[0])?.address ?? null;
}

/** Asked on the node, which is where the guest can be reached from. */
async function sshAnswers(
  cluster: Cluster,
  name: string,
  address: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const node = cluster.node(name);
  const query = {
    steps: [{ run: ["ssh-keyscan", "-T", "3", "--", address], cap: 5 }],
    parse: ([answer]: readonly { readonly texts: readonly string[] }[]) => /^\S+ \S+ \S/m.test(answer?.texts[0] ?? ""),
  };
  const [outcome] = await cluster.ask([node], () => node.ask(query, { signal }), { signal });
  return outcome?.state === "on" && outcome.value;
}

async function reasonOf(
  cluster: Cluster,
  { node, uuid }: { readonly node: string; readonly uuid: string },
  address: string | null,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (address !== null) return `no sshd answers at ${address}`;
  const [outcome] = await cluster.ask([cluster.node(node)], (one) => askOverview(one, { signal }), { signal });
  if (outcome?.state !== "on") return `${node} does not answer`;
  const guest = outcome.value.domains.find((domain) => domain.uuid === uuid);
  if (!guest) return "the guest is gone";
  if (guest.state !== null && !isActive(guest.state)) return `the guest is ${guest.state}`;
  return "nothing knows an address of it yet: no lease, and no answer from an agent";
}
