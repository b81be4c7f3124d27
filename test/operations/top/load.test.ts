import { describe, expect, it } from "vitest";
import type { GuestSample, LoadSample } from "../../../src/libvirt/load-query.ts";
import { loadBetween } from "../../../src/operations/top/load.ts";

const nothing = { cpuTime: 0, read: 0, written: 0, received: 0, sent: 0 };

function guest(counters: Partial<GuestSample["counters"]>, more: Partial<GuestSample> = {}): GuestSample {
  const memory = { used: 1, total: 2 };
  return {
    uuid: "1",
    name: "web1",
    state: "running",
    vcpus: 2,
    memory,
    ...more,
    counters: { ...nothing, ...counters },
  };
}

function sample(uptime: number | null, guests: readonly GuestSample[], more: Partial<LoadSample> = {}): LoadSample {
  const time = (uptime ?? 0) * 4e9;
  const cpuTime = { busy: time / 4, all: time };
  return { uptime, cpus: 4, cpuTime, memory: { used: 5, total: 6 }, guests, ...more };
}

const first = sample(100, [guest({ cpuTime: 1e9, read: 100, written: 1000, received: 10, sent: 20 })]);
const none = { read: null, written: null };

describe("loadBetween", () => {
  it("makes rates of what was counted between two samples", () => {
    const now = sample(104, [guest({ cpuTime: 3e9, read: 500, written: 1000, received: 50, sent: 24 })]);
    expect(loadBetween(first, now)).toEqual({
      load: {
        ...{ cpu: 1, cpus: 4, memory: { used: 5, total: 6 } },
        disk: { read: 100, written: 0 },
        network: { received: 10, sent: 1 },
      },
      guests: [
        {
          ...{ uuid: "1", name: "web1", state: "running", cpu: 0.5, cpus: 2, memory: { used: 1, total: 2 } },
          disk: { read: 100, written: 0 },
          network: { received: 10, sent: 1 },
        },
      ],
    });
  });

  it("has no rates of a first sample", () => {
    const { load, guests } = loadBetween(null, first);
    expect(load).toMatchObject({ cpu: null, cpus: 4, disk: none, network: { received: null, sent: null } });
    expect(guests[0]).toMatchObject({ cpu: null, cpus: 2, disk: none });
  });

  it("has no rate of what went backwards, and never one below zero", () => {
    const again = loadBetween(first, sample(104, [guest({ cpuTime: 5e8, read: 5, written: 2000, sent: 21 })]));
    expect(again.guests[0]).toMatchObject({
      cpu: null,
      disk: { read: null, written: 250 },
      network: { received: null, sent: 0.25 },
    });
    expect(again.load.disk).toEqual({ read: null, written: 250 });
  });

  it("has no rates where the node was started anew, or no time passed, or it has no clock", () => {
    for (const uptime of [3, 100, null]) {
      const { guests } = loadBetween(first, sample(uptime, [guest({ cpuTime: 9e9, read: 900 })]));
      expect(guests[0]).toMatchObject({ cpu: null, disk: none });
    }
    const noClock = loadBetween(sample(null, [guest({})]), sample(104, [guest({ read: 900 })]));
    expect(noClock.guests[0]?.disk).toEqual(none);
    expect(loadBetween(first, sample(3, [])).load.cpu).toBeNull();
  });

  it("knows a guest by its UUID, and has no rates of one that is off or was not asked", () => {
    const renamed = loadBetween(first, sample(104, [guest({ cpuTime: 5e9 }, { name: "other" })]));
    expect(renamed.guests[0]).toMatchObject({ name: "other", cpu: 1 });
    const other = loadBetween(first, sample(104, [guest({ cpuTime: 5e9 }, { uuid: "2" })]));
    expect(other.guests[0]?.cpu).toBeNull();
    for (const state of ["shut off", null] as const)
      expect(loadBetween(first, sample(104, [guest({ cpuTime: 5e9 }, { state })])).guests[0]?.cpu).toBeNull();
    const busy = loadBetween(first, sample(104, [guest({ cpuTime: 5e9, read: null })]));
    expect(busy.guests[0]).toMatchObject({ cpu: 1, disk: { read: null } });
  });

  it("adds up what is known of the guests that run, and is nothing where none does", () => {
    const [a, b] = [guest({ read: 0 }), guest({ read: 0 }, { uuid: "2", name: "web2" })];
    const next = [guest({ read: 40 }), guest({ read: 80 }, { uuid: "2", name: "web2" })];
    expect(loadBetween(sample(1, [a, b]), sample(5, next)).load.disk.read).toBe(30);
    expect(loadBetween(sample(1, [a]), sample(5, next)).load.disk.read).toBe(10);
    const off = guest({ read: 40 }, { state: "shut off" });
    expect(loadBetween(sample(1, [off]), sample(5, [off])).load.disk.read).toBe(0);
  });

  it("measures a node's CPU by its own count of time", () => {
    const cpu = (cpuTime: LoadSample["cpuTime"], before = first) =>
      loadBetween(before, sample(104, [], { cpuTime })).load.cpu;
    expect(cpu({ busy: 108e9, all: 416e9 })).toBe(2);
    // the kernel may take some idle time back
    expect(cpu({ busy: 120e9, all: 410e9 })).toBe(4);
    expect(cpu({ busy: 99e9, all: 416e9 })).toBeNull();
    expect(cpu({ busy: 110e9, all: 400e9 })).toBeNull();
    expect(cpu(null)).toBeNull();
    expect(cpu({ busy: 1, all: 2 }, sample(100, [], { cpuTime: null }))).toBeNull();
  });

  it("has the guests by name", () => {
    const named = ["web10", "web2", "db"].map((name, index) => guest({}, { name, uuid: String(index) }));
    expect(loadBetween(null, sample(1, named)).guests.map(({ name }) => name)).toEqual(["db", "web2", "web10"]);
  });
});
