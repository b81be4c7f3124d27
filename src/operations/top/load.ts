import { type DomainState, isActive } from "../../libvirt/domains.ts";
import type { GuestCounters, GuestSample, LoadSample } from "../../libvirt/load-query.ts";
import { compareNames } from "../compare-names.ts";

/** What a node or a guest does at the moment; null is what nobody knows, for one every rate before there are two samples. */
export interface Load {
  /** CPUs in use: 1.5 is one and a half. */
  readonly cpu: number | null;
  /** CPUs that it has. */
  readonly cpus: number | null;
  /** Bytes; of a guest what it takes of its node's, and what it may have at most. */
  readonly memory: { readonly used: number | null; readonly total: number | null };
  /** Bytes a second; of a node what its guests do. */
  readonly disk: { readonly read: number | null; readonly written: number | null };
  readonly network: { readonly received: number | null; readonly sent: number | null };
}

export interface GuestLoad extends Load {
  readonly name: string;
  readonly uuid: string;
  readonly state: DomainState | null;
}

export interface NodeLoad {
  readonly load: Load;
  /** By name. */
  readonly guests: readonly GuestLoad[];
}

/** What came about between two samples of a node; of the first one what can be said without rates. */
export function loadBetween(before: LoadSample | null, now: LoadSample): NodeLoad {
  // counters of a node that was started anew begin anew
  const passed = before === null || before.uptime === null || now.uptime === null ? 0 : now.uptime - before.uptime;
  const earlier = new Map(passed > 0 ? before?.guests.map((guest) => [guest.uuid, guest]) : []);
  const guests = now.guests
    .map((guest) => guestLoad(earlier.get(guest.uuid), guest, passed))
    .sort((a, b) => compareNames(a.name, b.name));
  const running = guests.filter(({ state }) => state !== null && isActive(state));
  const sum = (amount: (guest: GuestLoad) => number | null) => sumOf(running.map(amount));
  return {
    load: {
      cpu: before && hostCpu(before, now),
      cpus: now.cpus,
      memory: now.memory,
      disk: { read: sum(({ disk }) => disk.read), written: sum(({ disk }) => disk.written) },
      network: { received: sum(({ network }) => network.received), sent: sum(({ network }) => network.sent) },
    },
    guests,
  };
}

function guestLoad(before: GuestSample | undefined, now: GuestSample, seconds: number): GuestLoad {
  const { name, uuid, state, vcpus, memory } = now;
  const runs = state !== null && isActive(state);
  const rate = (what: keyof GuestCounters) => {
    const [was, is] = [before?.counters[what] ?? null, now.counters[what]];
    // what went backwards is another count: the guest was started anew, or a device was taken away
    return !runs || was === null || is === null || is < was ? null : (is - was) / seconds;
  };
  const cpuTime = rate("cpuTime");
  return {
    ...{ name, uuid, state, memory },
    cpu: cpuTime === null ? null : cpuTime / 1e9,
    cpus: vcpus,
    disk: { read: rate("read"), written: rate("written") },
    network: { received: rate("received"), sent: rate("sent") },
  };
}

/** By the node's own count of time, which needs no clock. */
function hostCpu({ cpuTime: before }: LoadSample, { cpuTime: now, cpus }: LoadSample): number | null {
  if (!before || !now) return null;
  const [busy, all] = [now.busy - before.busy, now.all - before.all];
  // the kernel may take some idle time back
  return all <= 0 || busy < 0 ? null : Math.min(1, busy / all) * cpus;
}

/** Of what is known; nothing runs: nothing is done. */
function sumOf(amounts: readonly (number | null)[]): number | null {
  const known = amounts.filter((amount) => amount !== null);
  return known.length === 0 && amounts.length > 0 ? null : known.reduce((sum, amount) => sum + amount, 0);
}
