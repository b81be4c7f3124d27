import {
  type DomainName,
  type DomainState,
  type DomainStats,
  parseDomainNames,
  parseDomainStats,
  statNumber,
  statState,
} from "./domains.ts";
import { hostMemory } from "./node-details.ts";
import { parseLabels, parseNodeInfo } from "./node-info.ts";
import { wholeNumber } from "./number.ts";
import type { Query } from "./query.ts";

/** Amounts that only grow while a guest runs; null is what libvirt did not say. */
export interface GuestCounters {
  /** Nanoseconds of all its CPUs, its hypervisor's work included. */
  readonly cpuTime: number | null;
  /** Bytes of all its disks. */
  readonly read: number | null;
  readonly written: number | null;
  /** Bytes of all its network cards, as the guest sees them. */
  readonly received: number | null;
  readonly sent: number | null;
}

export const noCounters: GuestCounters = { cpuTime: null, read: null, written: null, received: null, sent: null };

export interface GuestSample extends DomainName {
  readonly state: DomainState | null;
  readonly vcpus: number | null;
  /** Bytes: what it takes of the node's memory, and what it may have at most. */
  readonly memory: { readonly used: number | null; readonly total: number | null };
  readonly counters: GuestCounters;
}

/** What a node and its guests have come to at one moment. */
export interface LoadSample {
  /** Seconds since the node was started, by its own clock; null where it has none to read. */
  readonly uptime: number | null;
  readonly cpus: number;
  /** Nanoseconds of all CPUs since the start; null where libvirt cannot say. */
  readonly cpuTime: { readonly busy: number; readonly all: number } | null;
  /** Bytes. */
  readonly memory: { readonly used: number | null; readonly total: number };
  readonly guests: readonly GuestSample[];
}

/**
 * A node's counters and its guests', in one virsh process that changes nothing and asks no guest.
 * @param nowait as in `overviewQuery`
 * @returns a query whose answer is null where this virsh refused the options before it ran anything
 */
export function loadQuery(nowait: false): Query<LoadSample>;
export function loadQuery(nowait: boolean): Query<LoadSample | null>;
export function loadQuery(nowait: boolean): Query<LoadSample | null> {
  const groups = ["--state", "--cpu-total", "--balloon", "--vcpu", "--interface", "--block"];
  const stats = ["domstats", "--raw", ...groups, ...(nowait ? ["--nowait"] : [])];
  const list = ["list", "--all", "--uuid", "--name"];
  return {
    steps: [
      { run: ["cat", "/proc/uptime"] },
      { access: "read", virsh: [["nodeinfo"], ["nodememstats"], ["nodecpustats"], list, stats] },
    ],
    parse([clock, answer]) {
      const [info = "", memory = "", cpu = "", names = "", stats = ""] = answer?.texts ?? [];
      if (answer?.code !== 0 && nowait && `${info}${names}${stats}`.trim() === "") return null;
      const node = parseNodeInfo(info);
      const host = hostMemory(memory);
      const known = parseDomainStats(stats);
      return {
        uptime: uptimeIn(clock?.texts[0] ?? ""),
        cpus: node.cpus,
        cpuTime: cpuTimeIn(cpu),
        memory: { used: host && Math.max(0, host.total - host.available), total: node.memory },
        guests: parseDomainNames(names).map((guest) => ({ ...guest, ...guestSample(known.get(guest.name)) })),
      };
    },
  };
}

function uptimeIn(text: string): number | null {
  const seconds = /^(\d{1,12}\.\d{1,9}) /.exec(text)?.[1];
  return seconds === undefined ? null : Number(seconds);
}

/** Of `virsh nodecpustats`; what the kernel counts beside these four libvirt leaves out. */
function cpuTimeIn(text: string): LoadSample["cpuTime"] {
  const labels = parseLabels(text);
  const [user, system, idle] = ["user", "system", "idle"].map((label) => wholeNumber(labels.get(label)));
  if (user == null || system == null || idle == null) return null;
  const busy = user + system;
  return { busy, all: busy + idle + (wholeNumber(labels.get("iowait")) ?? 0) };
}

function guestSample(stats: DomainStats = new Map()): Omit<GuestSample, keyof DomainName> {
  const bytes = (key: string) => {
    const kib = statNumber(stats, key);
    return kib === null ? null : kib * 1024;
  };
  return {
    state: statState(stats),
    vcpus: statNumber(stats, "vcpu.current"),
    memory: { used: bytes("balloon.rss"), total: bytes("balloon.maximum") },
    counters: {
      cpuTime: statNumber(stats, "cpu.time"),
      read: sumOf(stats, "block", "rd.bytes"),
      written: sumOf(stats, "block", "wr.bytes"),
      received: sumOf(stats, "net", "rx.bytes"),
      sent: sumOf(stats, "net", "tx.bytes"),
    },
  };
}

/**
 * Over all devices of a group; null where libvirt gave no number, as it does not ask a guest that is busy, or one that cannot
 * be read: a sum without it would be wrong. A drive without a disk never has one.
 */
function sumOf(stats: DomainStats, group: "block" | "net", what: string): number | null {
  let sum = stats.get(`${group}.count`) === "0" ? 0 : null;
  for (const [key, value] of stats) {
    if (!key.startsWith(`${group}.`) || !key.endsWith(`.${what}`)) continue;
    const one = wholeNumber(value);
    if (one === null) return null;
    sum = (sum ?? 0) + one;
  }
  return sum;
}
