import { virshSteps, virshTexts } from "./domain-query.ts";
import type { Query } from "./query.ts";

/** Whether a node has a network that is active, or a bridge. */
export function hasNetworkQuery(network: {
  readonly kind: "network" | "bridge";
  readonly name: string;
}): Query<boolean> {
  const virsh = virshSteps([["net-list", "--name"]]);
  const bridge = { run: ["test", "-d", `/sys/class/net/${network.name}/bridge`] };
  return {
    steps: [...virsh, bridge],
    parse(answers) {
      const [names = ""] = virshTexts(virsh, answers);
      if (network.kind === "bridge") return answers[virsh.length]?.code === 0;
      return names.split("\n").some((line) => line.trim() === network.name);
    },
  };
}
