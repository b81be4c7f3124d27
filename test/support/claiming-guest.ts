import type { Cluster } from "../../src/cluster/cluster.ts";
import { fakeCluster } from "./fake-host.ts";
import { testUuid } from "./test-driver.ts";

/** The network cards of `claimingCluster`'s guest. */
export const claimingCards = ["52:54:00:00:00:01", "52:54:00:00:00:02"] as const;

/**
 * A cluster of one node whose guest web1 says by its agent that it is at these addresses, one for each of its cards.
 * @param owners what the node itself finds at an address: `node`, or lines of `ip neigh`
 * @param greetings what an ssh server says at an address
 */
export function claimingCluster(
  addresses: readonly string[],
  owners: Readonly<Record<string, string>> = {},
  greetings: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  const cards = claimingCards.map((mac) => `<interface><mac address='${mac}'/></interface>`).join("");
  const agent = "<channel><target name='org.qemu.guest_agent.0' state='connected'/></channel>";
  const xml = `<domain><name>web1</name><devices>${cards}${agent}</devices></domain>`;
  const rows = addresses.map((address, index) => ` eth0 ${claimingCards[index]} ipv4 ${address}/24\n`).join("");
  return fakeCluster({ ham0: () => [{ name: "web1", uuid: testUuid(1), xml }] }, "", {
    virsh: (argv) =>
      argv.includes("agent") ? ` Name       MAC address          Protocol     Address\n---\n${rows}` : undefined,
    run: (argv) => (argv[2]?.includes("ip route") ? owners : greetings)[argv.at(-1) ?? ""] ?? "",
  });
}

/** An address that a network card answers for, as `claimingCluster` wants it. */
export function answersAt(address: string, mac: string): Readonly<Record<string, string>> {
  return { [address]: `${address} lladdr ${mac} REACHABLE\n` };
}
