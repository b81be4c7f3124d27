import { describe, expect, it } from "vitest";
import { nodeDetailsQuery } from "../../src/libvirt/node-details.ts";
import { parseNodeInfo } from "../../src/libvirt/node-info.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";

const version = "Using library: libvirt 9.0.0\nRunning hypervisor: QEMU 7.2.22\n";
const memory = "total  :  100 KiB\nfree   :   10 KiB\nbuffers:    2 KiB\ncached :    3 KiB\n";
const space = "State: running\nCapacity: 100\nAvailable: 60\n";

function detailsOf(texts: string[], { load = "0.50 0.1 0.1 1/1 1\n", cpus = 2, kvm = 1, code = 0 } = {}) {
  return nodeDetailsQuery("default", cpus).parse([
    { code, texts },
    { code: 0, texts: [load] },
    { code: kvm, texts: [""] },
  ]);
}

describe("nodeDetailsQuery", () => {
  it("reads versions, networks, memory, pool and load", () => {
    expect(detailsOf([version, memory, space, " default \n\n"], { kvm: 0 })).toEqual({
      libvirt: "9.0.0",
      hypervisor: "QEMU 7.2.22",
      kvm: true,
      networks: [" default"],
      pool: { name: "default", active: true, capacity: 100, available: 60 },
      load: 0.25,
      hostMemory: { total: 100 * 1024, available: 15 * 1024 },
    });
  });

  it("leaves unknown what the node did not say", () => {
    const nothing = {
      libvirt: null,
      hypervisor: null,
      kvm: false,
      networks: null,
      pool: null,
      load: null,
      hostMemory: null,
    };
    expect(nodeDetailsQuery("default", 2).parse([])).toEqual(nothing);
    expect(detailsOf(["Using library: other", "", "", ""], { load: "nan", code: 1 })).toEqual(nothing);
    expect(detailsOf([], { cpus: 0 }).load).toBeNull();
  });

  it("tells a node without active networks from one whose libvirt has no networks to give", () => {
    expect(detailsOf([version, memory, space, ""]).networks).toEqual([]);
    expect(detailsOf([version, memory, space, ""], { code: 1 }).networks).toBeNull();
  });

  it.each([
    ["no memory", "total: 0 KiB\nfree: 0 KiB\n", null],
    ["no free memory", "total: 1 KiB\n", null],
    ["neither buffers nor cache", "total: 4 KiB\nfree: 1 KiB\n", { total: 4096, available: 1024 }],
  ])("reads a node that says %s", (_what, text, expected) => {
    expect(detailsOf(["", text, "", ""]).hostMemory).toEqual(expected);
  });

  it("takes a pool's numbers for unknown where it is not active", () => {
    expect(detailsOf(["", "", "State: inactive\n", ""]).pool).toEqual({
      ...{ name: "default", active: false, capacity: null, available: null },
    });
  });
});

it.each(["", "CPU(s): 8\n", "Memory size: 1024 KiB\n", "CPU(s): -8\nMemory size: 1 KiB\n"])(
  "parseNodeInfo refuses %j",
  (text) => {
    expect(() => parseNodeInfo(text)).toThrow(UnexpectedOutput);
  },
);

it.each([
  ["CPU(s):              -8", "Memory size:         1 KiB", "CPU(s): -8"],
  ["CPU(s):              8", "Memory size:         many KiB", "Memory size: many KiB"],
])("parseNodeInfo shows the line that it cannot read: %s, %s", (cpus, memory, shown) => {
  const text = `CPU model:           ${"x".repeat(200)}\n${cpus}\n${memory}\n`;
  expect(() => parseNodeInfo(text)).toThrow(`expected virsh nodeinfo, found: ${shown}`);
});
