import { describe, expect, it } from "vitest";
import { magicPacket } from "../../src/node/wake.ts";

describe("wake-on-LAN", () => {
  it("is six bytes of ones and the address sixteen times", () => {
    const packet = magicPacket("74:d4:35:51:ab:86");
    expect(packet.toString("hex")).toBe("ff".repeat(6) + "74d43551ab86".repeat(16));
    expect(() => magicPacket("74:d4")).toThrow("not a MAC address");
  });
});
