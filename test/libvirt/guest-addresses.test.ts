import { describe, expect, it } from "vitest";
import { guestAddresses } from "../../src/libvirt/guest-addresses.ts";

const mac = "52:54:00:00:00:01";
const known = (address: string, family: "ipv4" | "ipv6" = "ipv4") => ({ mac, family, address, prefix: 24 });
const silent = { leases: null, now: "2026-11-21 12:00:00", arp: null, agent: null };
const lease = { ...known("10.0.0.1"), expires: null, network: null };
const card = { mac, type: "network", source: "default", bridge: "virbr0" };

describe("guestAddresses", () => {
  it("believes the agent before a lease before the ARP table, for each family alone", () => {
    const all = { ...silent, leases: [lease], arp: [known("10.0.0.9"), known("2001:db8::9", "ipv6")] };
    const shown = (answers: Parameters<typeof guestAddresses>[1]) =>
      guestAddresses([card], answers).map(({ address, source }) => `${address} ${source}`);
    expect(shown({ ...all, agent: [known("10.0.0.5"), known("10.0.0.6"), known("10.0.0.5")] })).toEqual([
      "10.0.0.5 agent",
      "10.0.0.6 agent",
      "2001:db8::9 arp",
    ]);
    expect(shown(all)).toEqual(["10.0.0.1 lease", "2001:db8::9 arp"]);
    expect(shown({ ...all, leases: [] })).toEqual(["10.0.0.9 arp", "2001:db8::9 arp"]);
    expect(shown(silent)).toEqual([]);
  });

  it("leaves out what belongs to other cards, such as a bridge inside the guest", () => {
    const other = { ...card, mac: "52:54:00:00:00:02" };
    expect(guestAddresses([other], { ...silent, leases: [lease], agent: [known("172.17.0.1")] })).toEqual([]);
  });

  it("takes no lease of a network that the card is not on, where another guest may have its MAC", () => {
    const from = (address: string, name: string, bridge: string | null) => ({
      ...{ ...known(address), expires: "2026-11-21 13:00:00", network: { name, bridge } },
    });
    const newer = { ...from("10.99.0.66", "tenant", "virbr7"), expires: "2026-11-21 14:00:00" };
    const answers = { ...silent, leases: [from("10.0.0.1", "default", "virbr0"), newer] };
    const shown = (type: string, source: string | null, bridge = type === "bridge" ? source : null) =>
      guestAddresses([{ mac, type, source, bridge }], answers).map(({ address }) => address);
    expect(shown("network", "default")).toEqual(["10.0.0.1"]);
    expect(shown("bridge", "virbr0")).toEqual(["10.0.0.1"]);
    expect(shown("network", "tenant")).toEqual(["10.99.0.66"]);
    expect(shown("bridge", "br0")).toEqual([]);
    // a second network over the first one's bridge, whose DHCP serves both
    expect(shown("network", "more", "virbr0")).toEqual(["10.0.0.1"]);
    expect(shown("direct", "virbr0")).toEqual([]);
    expect(shown("bridge", "default")).toEqual([]);
  });
});

it("takes a lease for good where the node has no clock, and one that never ends before one that does", () => {
  const row = { mac, family: "ipv4", prefix: null, network: null } as const;
  const leases = [
    { ...row, address: "10.0.0.1", expires: null },
    { ...row, address: "10.0.0.2", expires: "2026-01-01 00:00:00" },
  ];
  for (const known of [leases, [...leases].reverse()])
    expect(guestAddresses([card], { leases: known, now: null, arp: null, agent: null })).toMatchObject([
      { address: "10.0.0.1" },
    ]);
});
