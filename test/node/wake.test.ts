import { describe, expect, it } from "vitest";
import { broadcastOf, magicPacket } from "../../src/node/wake.ts";

describe("wake-on-LAN", () => {
  it("is six bytes of ones and the address sixteen times", () => {
    const packet = magicPacket("74:d4:35:51:ab:86");
    expect(packet.toString("hex")).toBe("ff".repeat(6) + "74d43551ab86".repeat(16));
    expect(() => magicPacket("74:d4")).toThrow("not a MAC address");
  });

  it.each([
    ["10.0.0.5", "255.255.255.0", "10.0.0.255"],
    ["192.168.130.7", "255.255.252.0", "192.168.131.255"],
    ["172.16.0.1", "255.255.255.255", "172.16.0.1"],
  ])("goes to the last address of %s/%s", (address, netmask, broadcast) => {
    expect(broadcastOf(address, netmask)).toBe(broadcast);
  });
});
