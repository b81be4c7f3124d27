import type { BuildFacts } from "../libvirt/build-facts.ts";
import { filePoolTypes } from "../libvirt/pool-place.ts";
import type { NodeSettings } from "../node/settings.ts";
import { quote } from "../node/shell.ts";
import { formatExactSize } from "../size.ts";

/** What a new guest needs of its node. Bytes. */
export interface Demand {
  readonly memory: number;
  readonly vcpus: number;
  /** Virtual size of its disk. */
  readonly size: number;
  readonly firmware: "bios" | "uefi";
  readonly graphics: "vnc" | "spice" | "none";
}

/** A node that may be given guests. Bytes. */
export interface Candidate extends Pick<NodeSettings, "pool" | "network" | "weight"> {
  readonly node: string;
  /** Memory that guests do not use and nobody has reserved, host-reserve taken off; null: libvirt did not say. */
  readonly free: number | null;
  readonly facts: BuildFacts;
  /** Which of these are those of mclu.conf, as `doctor` looks at them; the others somebody asked for. */
  readonly configured?: { readonly pool: boolean; readonly network: boolean };
}

/** How a node does for one guest. */
export interface Fit {
  readonly node: string;
  readonly free: number | null;
  /** Free memory after the build; null: not known. */
  readonly after: number | null;
  readonly weight: number;
  /** after x weight: the highest is chosen. null: the node does not fit. */
  readonly score: number | null;
  /** Why it does not fit; none: it fits. */
  readonly obstacles: readonly string[];
}

/** How each node does for a guest, in the order given. */
export function judge(candidates: readonly Candidate[], demand: Demand): Fit[] {
  return candidates.map((candidate) => {
    const obstacles = obstaclesOf(candidate, demand);
    const { node, free, weight } = candidate;
    const after = free === null ? null : free - demand.memory;
    return {
      node,
      free,
      after,
      weight,
      obstacles,
      score: obstacles.length > 0 || after === null ? null : after * weight,
    };
  });
}

/** The node with the highest score; ties go to the first. undefined: none fits. */
export function best(fits: readonly Fit[]): Fit | undefined {
  return fits.reduce<Fit | undefined>(
    (leader, fit) => (fit.score !== null && fit.score > (leader?.score ?? -1) ? fit : leader),
    undefined,
  );
}

/** A candidate once it has been given a guest. */
export function withGuest(candidate: Candidate, demand: Demand): Candidate {
  const { free, facts } = candidate;
  const left = facts.pool?.available ?? null;
  const pool = facts.pool && { ...facts.pool, available: left === null ? null : left - demand.size };
  return { ...candidate, free: free === null ? null : free - demand.memory, facts: { ...facts, pool } };
}

/** The command that shows, makes or starts the pool or the network which a node lacks; undefined: it has both. */
export function remedyOf({ node, pool, network, facts, configured }: Candidate): string | undefined {
  const virsh = (words: string) => `mclu virsh ${quote(node)} -- ${words}`;
  const doctor = `mclu doctor ${quote(node)}`;
  if (facts.pool === null) return configured?.pool ? doctor : virsh("pool-list --all");
  if (!facts.pool.active) return virsh(`pool-start ${quote(pool)}`);
  if (facts.networkActive) return undefined;
  if (configured?.network) return doctor;
  // that it is not active is known, not whether it is there
  return network.kind === "bridge" ? `mclu exec ${quote(node)} -- ip link show type bridge` : virsh("net-list --all");
}

function obstaclesOf({ free, weight, network, pool, facts }: Candidate, demand: Demand): string[] {
  return [
    ...(weight === 0 ? ["its weight is 0"] : []),
    ...memoryObstacle(free, demand),
    ...poolObstacle(pool, facts.pool, demand),
    ...(facts.networkActive ? [] : [missingNetwork(network)]),
    ...capabilityObstacles(facts.capabilities, demand),
  ];
}

function memoryObstacle(free: number | null, { memory }: Demand): string[] {
  if (free === null) return ["its free memory is not known"];
  return free >= memory ? [] : [`memory: ${size(memory)} wanted, ${size(Math.max(free, 0))} free`];
}

function poolObstacle(name: string, pool: BuildFacts["pool"], { size: wanted }: Demand): string[] {
  if (pool === null) return [`no storage pool ${name}`];
  if (!filePoolTypes.includes(pool.type)) return [`pool ${name} is of type ${pool.type}: its volumes are no files`];
  if (!pool.active) return [`pool ${name} is not active`];
  if (pool.available === null) return [`pool ${name}: its free space is not known`];
  if (pool.available >= wanted) return [];
  return [`pool ${name}: ${size(wanted)} wanted, ${size(Math.max(pool.available, 0))} free`];
}

function missingNetwork({ kind, name }: NodeSettings["network"]): string {
  return kind === "bridge" ? `no bridge ${name}` : `network ${name} is not active`;
}

function capabilityObstacles(capabilities: BuildFacts["capabilities"], demand: Demand): string[] {
  if (capabilities === null) return ["libvirt there does not say what it can run"];
  const { maxVcpus, efi, graphics } = capabilities;
  const screen = demand.graphics;
  return [
    ...(maxVcpus !== null && demand.vcpus > maxVcpus ? [`vCPUs: ${demand.vcpus} wanted, at most ${maxVcpus}`] : []),
    ...(demand.firmware === "uefi" && !efi ? ["no UEFI firmware (package ovmf)"] : []),
    ...(screen !== "none" && !graphics.includes(screen) ? [`its qemu has no ${screen}`] : []),
  ];
}

/** To the MiB below: nobody compares bytes. */
function size(bytes: number): string {
  return formatExactSize(Math.floor(bytes / 1024 ** 2) * 1024 ** 2);
}
