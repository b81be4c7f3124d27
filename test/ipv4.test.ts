import { describe, expect, it } from "vitest";
import { broadcastOf, isNeighbour } from "../src/ipv4.ts";

describe("IPv4 networks", () => {
  it.each([
    ["10.0.0.5", 24, "10.0.0.255"],
    ["192.168.130.7", 22, "192.168.131.255"],
    ["172.16.0.1", 32, "172.16.0.1"],
    ["200.1.2.3", 1, "255.255.255.255"],
    ["1.2.3.4", 0, "255.255.255.255"],
  ])("broadcast from %s/%i to %s", (address, prefix, broadcast) => {
    expect(broadcastOf({ address, prefix })).toBe(broadcast);
  });

  it("tell neighbours from others", () => {
    const own = { address: "192.168.130.7", prefix: 22 };
    expect(["192.168.128.1", "192.168.131.254"].map((address) => isNeighbour(address, own))).toEqual([true, true]);
    expect(["192.168.132.1", "10.0.0.1"].map((address) => isNeighbour(address, own))).toEqual([false, false]);
  });
});
