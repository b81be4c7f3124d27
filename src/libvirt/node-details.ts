import { parseLabels } from "./node-info.ts";
import { bytesOfKib, wholeNumber } from "./number.ts";
import type { Query } from "./query.ts";

/** What `status --wide` adds; null is what the node did not say. */
export interface NodeDetails {
  /** `9.0.0` */
  readonly libvirt: string | null;
  /** `QEMU 7.2.22` */
  readonly hypervisor: string | null;
  /** Whether the node has a /dev/kvm. */
  readonly kvm: boolean;
  /** Active networks; null where libvirt has none to give. */
  readonly networks: readonly string[] | null;
  readonly pool: PoolSpace | null;
  /** Load of the last minute divided by the number of CPUs. */
  readonly load: number | null;
  /** The host's own view, bytes; available is what is free, or would be if buffers and caches were dropped. */
  readonly hostMemory: { readonly total: number; readonly available: number } | null;
}

export interface PoolSpace {
  readonly name: string;
  readonly active: boolean;
  /** Bytes; null: a pool that is not active does not say. */
  readonly capacity: number | null;
  readonly available: number | null;
}

export function nodeDetailsQuery(pool: string, cpus: number): Query<NodeDetails> {
  return {
    steps: [
      {
        access: "read",
        // the networks last: virsh's exit code is that of the last command, and tells none from no answer
        virsh: [["version"], ["nodememstats"], ["pool-info", pool, "--bytes"], ["net-list", "--name"]],
      },
      { run: ["cat", "/proc/loadavg"] },
      { run: ["test", "-c", "/dev/kvm"] },
    ],
    parse([virsh, loadavg, kvm]) {
      const [version = "", memory = "", space = "", networks = ""] = virsh?.texts ?? [];
      const versions = parseLabels(version);
      const load = /^(\d{1,9}\.\d{1,9}) /.exec(loadavg?.texts[0] ?? "")?.[1];
      const names = networks.split("\n").map((line) => line.trimEnd());
      return {
        libvirt: /^libvirt (\S+)/.exec(versions.get("Using library") ?? "")?.[1] ?? null,
        hypervisor: versions.get("Running hypervisor") ?? null,
        kvm: kvm?.code === 0,
        networks: virsh?.code === 0 ? names.filter((name) => name !== "") : null,
        pool: parsePoolSpace(pool, space),
        load: load === undefined || cpus === 0 ? null : Number(load) / cpus,
        hostMemory: hostMemory(memory),
      };
    },
  };
}

/** Reads `virsh pool-info --bytes`; null where virsh said nothing. */
export function parsePoolSpace(name: string, text: string): PoolSpace | null {
  const labels = parseLabels(text);
  const state = labels.get("State");
  if (state === undefined) return null;
  const bytes = (label: string) => wholeNumber(labels.get(label));
  return { name, active: state === "running", capacity: bytes("Capacity"), available: bytes("Available") };
}

/** What `virsh nodememstats` says; null where it is not enough. */
export function hostMemory(text: string): NodeDetails["hostMemory"] {
  const labels = parseLabels(text);
  const bytes = (label: string) => bytesOfKib(labels.get(label));
  const total = bytes("total");
  const free = bytes("free");
  if (total === null || total === 0 || free === null) return null;
  return { total, available: free + (bytes("buffers") ?? 0) + (bytes("cached") ?? 0) };
}
