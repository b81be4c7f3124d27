import { type DomainCapabilities, parseDomainCapabilities } from "./domain-capabilities.ts";
import { virshSteps, virshTexts } from "./domain-query.ts";
import { type FoundPool, readPool } from "./pool-place.ts";
import type { Query, Step } from "./query.ts";

/** What decides whether a node can be given a new guest. */
export interface BuildFacts {
  /** null: libvirt there cannot say (its test driver). */
  readonly capabilities: DomainCapabilities | null;
  /** null: there is no such pool. */
  readonly pool: FoundPool | null;
  readonly networkActive: boolean;
}

/** Asks a node for its capabilities, a storage pool and a network. */
export function buildFactsQuery(
  pool: string,
  network: { readonly kind: "network" | "bridge"; readonly name: string },
): Query<BuildFacts> {
  // not with --readonly: libvirt refuses it since CVE-2019-10167, because it may start the emulator it is told to
  const capable: Step = {
    // q35 where the architecture has it, else the node's own default
    virsh: [["domcapabilities", "--machine", "q35"], ["domcapabilities"], ["uri"]],
    access: "write",
  };
  const virsh = [
    capable,
    ...virshSteps([
      ["pool-dumpxml", pool],
      ["pool-info", pool, "--bytes"],
      ["net-list", "--name"],
    ]),
  ];
  const bridge = { run: ["test", "-d", `/sys/class/net/${network.name}/bridge`] };
  return {
    steps: [...virsh, bridge],
    parse(answers) {
      const [q35 = "", usual = "", place = "", space = "", networks = ""] = virshTexts(virsh, answers);
      const bridgeExists = answers[virsh.length]?.code === 0;
      const names = networks.split("\n").map((line) => line.trim());
      return {
        capabilities: readCapabilities(q35 || usual),
        pool: readPool(pool, place, space),
        networkActive: network.kind === "bridge" ? bridgeExists : names.includes(network.name),
      };
    },
  };
}

function readCapabilities(text: string): DomainCapabilities | null {
  return text === "" ? null : parseDomainCapabilities(text);
}
