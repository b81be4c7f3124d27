import { describe, expect, it } from "vitest";
import { neighbourQuery, parseIpv4Interfaces } from "../../src/libvirt/neighbour.ts";

/** `ip -o -4 addr show scope global` of iproute2 6.1 on Debian 12. */
const recorded = `2: eth0    inet 10.180.0.10/24 scope global eth0\\       valid_lft forever preferred_lft forever
4: virbr0    inet 192.168.122.1/24 brd 192.168.122.255 scope global virbr0\\       valid_lft forever preferred_lft forever
5: tun0    inet 10.8.0.2 peer 10.8.0.1/32 scope global tun0\\       valid_lft forever preferred_lft forever
`;

describe("a neighbour", () => {
  it("says its networks", () => {
    expect(parseIpv4Interfaces(recorded)).toEqual([
      { address: "10.180.0.10", prefix: 24 },
      { address: "192.168.122.1", prefix: 24 },
      { address: "10.8.0.2", prefix: 32 },
    ]);
    expect(() => parseIpv4Interfaces('Object "addr" is unknown')).toThrow("expected ip -o -4 addr, found: Object");
    expect(() => parseIpv4Interfaces("2: eth0    inet 10.0.0.1/33 scope")).toThrow("expected ip -o -4 addr");
  });

  it("is asked for a name, and not for an address", () => {
    expect(neighbourQuery("10.0.0.1").steps).toHaveLength(1);
    expect(neighbourQuery("10.0.0.1").parse([]).resolved).toBe("10.0.0.1");
    const named = neighbourQuery("ham3.example");
    expect(named.steps[1]).toMatchObject({ run: ["getent", "ahostsv4", "ham3.example"] });
    const resolved = (text: string) =>
      named.parse([
        { code: 0, texts: [""] },
        { code: 0, texts: [text] },
      ]).resolved;
    expect([resolved("10.0.0.7      STREAM ham3.example\n10.0.0.7      DGRAM\n"), resolved("")]).toEqual([
      "10.0.0.7",
      null,
    ]);
  });
});
