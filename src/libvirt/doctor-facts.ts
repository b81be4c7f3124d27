import { type HostFacts, parseHostFacts } from "./host-facts.ts";
import { hostScript } from "./host-facts-shell.ts";
import { type PoolSpace, parsePoolSpace } from "./node-details.ts";
import { parseLabels } from "./node-info.ts";
import type { Query, Step } from "./query.ts";

export type { HostFacts };

/** What `doctor` asks a node about. */
export interface DoctorQuestion {
  readonly uri: string;
  readonly pool: string;
  readonly network: { readonly kind: "network" | "bridge"; readonly name: string };
  /** For each host that it is to log in to: the command that tries it, quoted for the shell. */
  readonly peers: readonly string[];
}

export interface DoctorFacts {
  readonly host: HostFacts;
  /** null: libvirt does not answer, or is not there. */
  readonly libvirt: {
    /** `9.0.0`; null: it did not say. */
    readonly version: string | null;
    /** Whether the login may change something. */
    readonly writable: boolean;
    /** null: there is none of that name. */
    readonly pool: (PoolSpace & { readonly autostart: boolean }) | null;
    readonly network: { readonly active: boolean; readonly autostart: boolean } | null;
  } | null;
  /** Whether virsh ran into its deadline. */
  readonly hung: boolean;
}

/** Seconds for libvirt, which may hang. */
export const libvirtCap = 5;

/** Seconds for all of it, where libvirt hangs and no peer answers. */
export const doctorSeconds = 40;

/** Everything in one script. Nothing that is wrong with libvirt makes the question fail: it is an answer. */
export function doctorQuery({ uri, pool, network, peers }: DoctorQuestion): Query<DoctorFacts> {
  const name = network.kind === "network" ? network.name : "";
  const read: Step = {
    virsh: [["version"], ["pool-info", pool, "--bytes"], ["net-info", name], ["uri"]],
    access: "read",
    cap: libvirtCap,
  };
  const bridge = network.kind === "bridge" ? network.name : "";
  return {
    steps: [
      read,
      { virsh: [["uri"]], access: "write", cap: libvirtCap },
      { run: ["sh", "-c", hostScript, "mclu-doctor", uri, pool, bridge, ...peers] },
    ],
    parse([answer, write, host]) {
      const [version = "", space = "", net = "", itself = ""] = answer?.texts ?? [];
      const labels = parseLabels(net);
      const found = parsePoolSpace(pool, space);
      const facts = parseHostFacts(host?.texts[0] ?? "");
      const bridged = { active: facts.bridge, autostart: true };
      const named = labels.has("Active")
        ? { active: labels.get("Active") === "yes", autostart: labels.get("Autostart") === "yes" }
        : null;
      return {
        host: facts,
        hung: answer?.code === 124 || answer?.code === 137,
        libvirt:
          itself.trim() === ""
            ? null
            : {
                version: /^libvirt (\S+)/.exec(parseLabels(version).get("Using library") ?? "")?.[1] ?? null,
                writable: write?.code === 0,
                pool: found && { ...found, autostart: parseLabels(space).get("Autostart") === "yes" },
                network: network.kind === "bridge" ? (facts.bridge ? bridged : null) : named,
              },
      };
    },
  };
}
