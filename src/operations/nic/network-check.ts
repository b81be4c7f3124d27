import type { Cluster } from "../../cluster/cluster.ts";
import { hasNetworkQuery } from "../../libvirt/network-query.ts";
import { quote } from "../../node/shell.ts";
import type { Network } from "../../values.ts";
import { askOfGuests } from "../ask-of-guests.ts";
import type { FoundGuest } from "../find-guest.ts";
import { type Decision, refusal } from "../plan.ts";

/**
 * Looks for a network on the nodes of guests: each gets the network, or why it cannot have it.
 * @param wanted default: that of the node's configuration
 */
export function checkNetworks(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  wanted: Network | undefined,
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => Network | Decision> {
  return askOfGuests(
    cluster,
    guests,
    async (node, own): Promise<readonly (Network | Decision)[]> => {
      const network = wanted ?? node.settings.network;
      const has = await node.ask(hasNetworkQuery(network), { signal, patient: true });
      const [what, list] =
        network.kind === "bridge"
          ? ["bridge", "exec NODE -- ip link"]
          : ["active network", "virsh NODE -- net-list --all"];
      const missing = refusal(
        `${node.name} has no ${what} ${network.name}`,
        `mclu ${list.replace("NODE", quote(node.name))}`,
      );
      return own.map(() => (has ? network : missing));
    },
    signal,
  );
}
