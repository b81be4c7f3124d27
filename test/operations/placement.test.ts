import { describe, expect, it } from "vitest";
import { parseDomainCapabilities } from "../../src/libvirt/domain-capabilities.ts";
import { chooseNodes } from "../../src/operations/choose-nodes.ts";
import { best, type Candidate, type Demand, judge, withGuest } from "../../src/operations/placement.ts";
import { fixture } from "../support/fixture.ts";

const gib = 1024 ** 3;
const capabilities = parseDomainCapabilities(fixture("domcapabilities-tcg.xml"));
const pool = { name: "default", active: true, capacity: 100 * gib, available: 50 * gib, type: "dir", path: "/images" };
const facts = { capabilities, pool, networkActive: true };
const demand: Demand = { memory: 2 * gib, vcpus: 2, size: 10 * gib, firmware: "bios", graphics: "vnc" };

function candidate(node: string, different: Partial<Candidate> = {}): Candidate {
  const network = { kind: "network", name: "default" } as const;
  return { node, pool: "default", network, weight: 1, free: 8 * gib, facts, ...different };
}

function obstacles(different: Partial<Candidate>, wanted: Partial<Demand> = {}) {
  return judge([candidate("ham0", different)], { ...demand, ...wanted })[0]?.obstacles;
}

describe("placement", () => {
  it("takes the node with the most memory left, times its weight", () => {
    const nodes = [candidate("ham0"), candidate("ham1", { free: 6 * gib, weight: 2 }), candidate("ham2")];
    const fits = judge(nodes, demand);
    expect(fits.map(({ score }) => score)).toEqual([6 * gib, 8 * gib, 6 * gib]);
    expect(best(fits)?.node).toBe("ham1");
  });

  it("takes the first of equals, also where nothing would be left", () => {
    expect(best(judge([candidate("ham0"), candidate("ham1")], demand))?.node).toBe("ham0");
    expect(best(judge([candidate("ham0", { free: 2 * gib })], demand))?.node).toBe("ham0");
  });

  it("knows no more of a node that does not say what it has, once it was given a guest", () => {
    const unknown = candidate("ham0", { free: null, facts: { ...facts, pool: { ...pool, available: null } } });
    expect(withGuest(unknown, demand)).toEqual(unknown);
  });

  it("counts what it has given already", () => {
    const nodes = [withGuest(candidate("ham0"), demand), candidate("ham1")];
    expect(best(judge(nodes, demand))?.node).toBe("ham1");
    const full = { ...candidate("ham0"), facts: { ...facts, pool: { ...pool, available: 15 * gib } } };
    expect(judge([withGuest(full, demand)], demand)[0]?.obstacles).toEqual(["pool default: 10G wanted, 5G free"]);
  });

  it("chooses nothing where nothing fits", () => {
    expect(best(judge([candidate("ham0", { free: gib })], demand))).toBeUndefined();
    expect(best([])).toBeUndefined();
  });

  it.each<[Partial<Candidate>, Partial<Demand>, string]>([
    [{ weight: 0 }, {}, "its weight is 0"],
    [{ free: gib }, {}, "memory: 2G wanted, 1G free"],
    [{ free: -gib }, {}, "memory: 2G wanted, 0 free"],
    [{ free: null }, {}, "its free memory is not known"],
    [{ facts: { ...facts, pool: null } }, {}, "no storage pool default"],
    [{ facts: { ...facts, pool: { ...pool, active: false } } }, {}, "pool default is not active"],
    [
      { facts: { ...facts, pool: { ...pool, type: "logical" } } },
      {},
      "pool default is of type logical: its volumes are no files",
    ],
    [{ facts: { ...facts, pool: { ...pool, available: null } } }, {}, "pool default: its free space is not known"],
    [{}, { size: 51 * gib }, "pool default: 51G wanted, 50G free"],
    [{ facts: { ...facts, networkActive: false } }, {}, "network default is not active"],
    [{ facts: { ...facts, networkActive: false }, network: { kind: "bridge", name: "br0" } }, {}, "no bridge br0"],
    [{ facts: { ...facts, capabilities: null } }, {}, "libvirt there does not say what it can run"],
    [{}, { vcpus: 289 }, "vCPUs: 289 wanted, at most 288"],
    [
      { facts: { ...facts, capabilities: { ...capabilities, efi: false } } },
      { firmware: "uefi" },
      "no UEFI firmware (package ovmf)",
    ],
    [
      { facts: { ...facts, capabilities: { ...capabilities, graphics: ["vnc"] } } },
      { graphics: "spice" },
      "its qemu has no spice",
    ],
  ])("says why a node does not fit: %#", (different, wanted, expected) => {
    expect(obstacles(different, wanted)).toEqual([expected]);
  });

  it("names every obstacle at once", () => {
    expect(obstacles({ weight: 0, free: 0, facts: { ...facts, networkActive: false } })).toHaveLength(3);
  });
});

describe("the nodes of several guests", () => {
  const wish = (name: string, node?: string) => ({ name, node });
  const choose = (wishes: Parameters<typeof chooseNodes>[0], allowed: readonly string[], free: readonly number[]) => {
    const candidates = free.map((amount, index) => candidate(`ham${index}`, { free: amount * gib }));
    const found = { candidates, guests: [], reserved: [], nodes: [] };
    return chooseNodes(wishes, found, demand, allowed).map(({ name, candidate: { node } }) => `${node}/${name}`);
  };
  const all = ["ham0", "ham1", "ham2"];

  it("are those with the most memory left, each guest counted for the next", () => {
    const four = ["web1", "web2", "web3", "web4"].map((name) => wish(name));
    expect(choose(four, all, [8, 7, 3])).toEqual(["ham0/web1", "ham1/web2", "ham0/web3", "ham1/web4"]);
  });

  it("are among those that have the image, however much is free elsewhere", () => {
    expect(choose([wish("web1"), wish("web2")], ["ham1", "ham2"], [99, 5, 6])).toEqual(["ham2/web1", "ham1/web2"]);
  });

  it("are the ones that guests were wished on, and the others know of those", () => {
    expect(choose([wish("web1", "ham0"), wish("web2")], all, [8, 7, 3])).toEqual(["ham0/web1", "ham1/web2"]);
  });

  it("are none at all where one guest fits nowhere, which says why of each node", () => {
    expect(() => choose([wish("web1"), wish("web2")], ["ham0", "ham1"], [3, 1])).toThrow(
      expect.objectContaining({
        ...{ exitCode: 6, message: "no node can take web2" },
        hint: "ham0: memory: 2G wanted, 1G free\nham1: memory: 2G wanted, 1G free",
      }),
    );
  });

  it.each<[string, Partial<Candidate["facts"]>, Partial<Candidate>]>([
    ["ham1: no storage pool default\nmclu virsh ham1 -- pool-list --all", { pool: null }, {}],
    [
      "ham1: pool fast disks is not active\nmclu virsh ham1 -- pool-start 'fast disks'",
      { pool: { ...pool, active: false } },
      { pool: "fast disks" },
    ],
    ["ham1: network default is not active\nmclu virsh ham1 -- net-list --all", { networkActive: false }, {}],
    [
      "ham1: no bridge br0\nmclu exec ham1 -- ip link show type bridge",
      { networkActive: false },
      { network: { kind: "bridge", name: "br0" } },
    ],
    ["ham1: no storage pool default\nmclu doctor ham1", { pool: null }, { configured: { pool: true, network: false } }],
    [
      "ham1: network default is not active\nmclu doctor ham1",
      { networkActive: false },
      { configured: { pool: false, network: true } },
    ],
  ])("are refused with the command for the pool or network that is missing: %s", (lines, lacks, different) => {
    const candidates = [
      candidate("ham0", { free: gib }),
      candidate("ham1", { facts: { ...facts, ...lacks }, ...different }),
      candidate("ham2", { facts: { ...facts, ...lacks }, ...different }),
    ];
    const found = { candidates, guests: [], reserved: [], nodes: [] };
    const [why = "", command = ""] = lines.split("\n");
    expect(() => chooseNodes([wish("web1")], found, demand, all)).toThrow(
      expect.objectContaining({
        ...{ exitCode: 6, message: "no node can take web1" },
        hint: ["ham0: memory: 2G wanted, 1G free", why, why.replace("ham1", "ham2"), command].join("\n"),
      }),
    );
  });
});
