import { type DomainCapabilities, parseDomainCapabilities } from "./domain-capabilities.ts";
import { virshSteps, virshTexts } from "./domain-query.ts";
import { type PoolSpace, parsePoolSpace } from "./node-details.ts";
import { type Query, type Step, UnexpectedOutput } from "./query.ts";
import { attribute, child, parseXml, textOf } from "./xml.ts";

/** What decides whether a node can be given a new guest. */
export interface BuildFacts {
  /** null: libvirt there cannot say (its test driver). */
  readonly capabilities: DomainCapabilities | null;
  /** null: there is no such pool. */
  readonly pool: (PoolSpace & PoolPlace) | null;
  readonly networkActive: boolean;
}

export interface PoolPlace {
  /** `dir`, `netfs`, `logical` ... */
  readonly type: string;
  /** Directory on the node; null for pools that have none. */
  readonly path: string | null;
}

/** The kinds of pool whose volumes are files in one directory. */
export const filePoolTypes: readonly string[] = ["dir", "fs", "netfs"];

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

function readPool(name: string, place: string, info: string): BuildFacts["pool"] {
  if (place === "") return null;
  const space = parsePoolSpace(name, info);
  const root = parseXml(place, "pool");
  const type = attribute(root, "type");
  if (space === null || type === null)
    throw new UnexpectedOutput("virsh pool-dumpxml and pool-info", `${place}${info}`);
  return { ...space, type, path: textOf(child(root, "target", "path")) };
}
